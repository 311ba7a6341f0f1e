//! What people read: the findings, or where the packages are and how to install them.

use std::time::Instant;

use actions_core::{Annotation, Context, Level, Summary, Table, text};
use bytesize::ByteSize;
use package_formats::Finding;
use package_store::{Commit, Put, Record, Store, layout};

use crate::describe::Described;
use crate::send::Sent;
use crate::{Inputs, Outputs};

/// Reports what is wrong with the files, and which are missing; nothing was sent.
pub(crate) fn findings(
    cx: &Context,
    described: &[Described],
    missing: &[Finding],
) -> anyhow::Result<()> {
    let mut table = Table::new(&["file", "rule", "finding"]);
    let mut annotations = Vec::new();
    for finding in missing {
        table.row(["", finding.rule, &finding.message]);
        annotations.push(Annotation {
            level: Level::Error,
            title: Some(finding.rule.to_owned()),
            file: None,
            line: None,
            message: finding.message.clone(),
        });
    }
    for one in described {
        let file = &one.package.file_name;
        for finding in &one.findings {
            table.row([file.as_str(), finding.rule, &finding.message]);
            annotations.push(Annotation {
                level: Level::Error,
                title: Some(finding.rule.to_owned()),
                file: None,
                line: None,
                message: format!("{file}: {}", finding.message),
            });
        }
    }
    let mut summary = Summary::new();
    summary.heading("Upload packages").table(&table);
    cx.write_summary(&summary)?;
    let count = annotations.len();
    cx.log.annotate(annotations);
    cx.log.info(format!(
        "uploaded nothing: {count} findings in {} files",
        described.len()
    ));
    Ok(())
}

/// Reports what was sent, and where it is.
pub(crate) fn sent(
    cx: &Context,
    inputs: &Inputs,
    store: &Store,
    commit: &Commit,
    sent: &Sent,
    started: Instant,
) -> anyhow::Result<Outputs> {
    let place = Place {
        store,
        commit,
        profile: &inputs.profile,
        public_url: inputs.public_url.as_deref(),
        short: sent.short_held_by.is_none(),
    };
    let mut table = Table::new(&["package", "version", "platform", "size", "SHA-256", ""]);
    let (mut created, mut unchanged, mut installs) = (Vec::new(), Vec::new(), Vec::new());
    for put in &sent.packages {
        let record = put.record();
        let how = match put {
            Put::Created(_) => {
                created.push(record.file.clone());
                if inputs.dry_run {
                    "would be created"
                } else {
                    "created"
                }
            }
            Put::Unchanged(_) => {
                unchanged.push(record.file.clone());
                "already there"
            }
        };
        let size = ByteSize::b(record.size).to_string();
        let sha256 = record.sha256.to_string();
        table.row([
            &record.file,
            &record.version,
            &record.platform,
            &size,
            &sha256,
            how,
        ]);
        if record.kind == "wheel" && inputs.public_url.is_some() {
            installs.push(format!("pip install {}", place.of(record)));
        }
    }
    let address = place.of_all();
    summary(cx, &address, &table, &installs)?;
    if let Some(holder) = &sent.short_held_by {
        cx.log.warning(format!(
            "the short address {} belongs to commit {holder}; this one is found by its full id",
            commit.short()
        ));
    }
    for line in &installs {
        cx.log.info(line);
    }
    cx.log.info(format!(
        "{} {} packages, {} already there, {} in {:.1} s: {address}",
        if inputs.dry_run {
            "dry run: would upload"
        } else {
            "uploaded"
        },
        created.len(),
        unchanged.len(),
        ByteSize::b(sent.bytes),
        started.elapsed().as_secs_f64()
    ));
    Ok(Outputs {
        created,
        unchanged,
        records: sent
            .packages
            .iter()
            .map(|put| put.record().clone())
            .collect(),
        address: Some(address),
        commit: commit.to_string(),
    })
}

fn summary(cx: &Context, address: &str, table: &Table, installs: &[String]) -> anyhow::Result<()> {
    let mut summary = Summary::new();
    summary
        .heading("Upload packages")
        .paragraph(&text::markdown_code(address))
        .table(table);
    for line in installs {
        summary.paragraph(&text::markdown_code(line));
    }
    cx.write_summary(&summary)
}

/// Where the packages of the commit are found: by its short id, or by the full one if another commit has the short one.
struct Place<'a> {
    store: &'a Store,
    commit: &'a Commit,
    profile: &'a str,
    public_url: Option<&'a str>,
    short: bool,
}

impl Place<'_> {
    fn of(&self, record: &Record) -> String {
        self.url(&self.path(&record.file))
    }

    fn of_all(&self) -> String {
        self.url(self.path("").trim_end_matches('/'))
    }

    fn path(&self, file: &str) -> String {
        match self.short {
            true => layout::short_package(self.commit, self.profile, file),
            false => layout::package(self.commit, self.profile, file),
        }
    }

    fn url(&self, path: &str) -> String {
        match self.public_url {
            Some(url) => format!("{}/{}", url.trim_end_matches('/'), layout::url_path(path)),
            None => self.store.address(path),
        }
    }
}
