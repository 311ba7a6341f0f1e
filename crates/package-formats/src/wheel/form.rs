//! PyPI stores what the upload form says and never reads `METADATA`, and a misspelled field is dropped in silence.

use super::metadata::Metadata;

/// Header and form field: lower case with `_`, plural where a header may repeat. `Platform`, `Supported-Platform` and
/// `License-File` repeat in the singular (warehouse, `forklift/forms.py` and `metadata.py`; twine, `package.py`).
const FIELDS: &[(&str, &str)] = &[
    ("Metadata-Version", "metadata_version"),
    ("Name", "name"),
    ("Version", "version"),
    ("Summary", "summary"),
    ("Description-Content-Type", "description_content_type"),
    ("Keywords", "keywords"),
    ("Home-Page", "home_page"),
    ("Download-URL", "download_url"),
    ("Author", "author"),
    ("Author-Email", "author_email"),
    ("Maintainer", "maintainer"),
    ("Maintainer-Email", "maintainer_email"),
    ("License", "license"),
    ("License-Expression", "license_expression"),
    ("License-File", "license_file"),
    ("Requires-Python", "requires_python"),
    ("Platform", "platform"),
    ("Supported-Platform", "supported_platform"),
    ("Classifier", "classifiers"),
    ("Requires-Dist", "requires_dist"),
    ("Provides-Extra", "provides_extra"),
    ("Provides-Dist", "provides_dist"),
    ("Obsoletes-Dist", "obsoletes_dist"),
    ("Requires-External", "requires_external"),
    ("Project-URL", "project_urls"),
    ("Dynamic", "dynamic"),
    ("Import-Name", "import_names"),
    ("Import-Namespace", "import_namespaces"),
    ("Requires", "requires"),
    ("Provides", "provides"),
    ("Obsoletes", "obsoletes"),
];

/// `License-File` was added in 2.4; setuptools wrote it before, and PyPI refuses it there (twine, `package.py`).
pub(super) fn fields(metadata: &Metadata) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = metadata
        .headers()
        .iter()
        .filter(|(header, _)| {
            metadata.has_license_files() || !header.eq_ignore_ascii_case("License-File")
        })
        .filter_map(|(header, value)| {
            let (_, field) = FIELDS
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(header))?;
            Some(((*field).to_owned(), spelled(field, value)))
        })
        .collect();
    if let Some(description) = metadata.description() {
        fields.push(("description".to_owned(), description.to_owned()));
    }
    fields
}

/// As twine sends it: packaging takes lists apart and puts them together again.
fn spelled(field: &str, value: &str) -> String {
    let parts = match field {
        "keywords" => value.split(',').collect(),
        "project_urls" => value.splitn(2, ',').collect(),
        _ => vec![value],
    };
    match parts.len() {
        1 => value.to_owned(),
        _ => Vec::from_iter(parts.iter().map(|part| part.trim())).join(", "),
    }
}

/// Whether a version of metadata, such as `2.4`, is this one or a later one.
pub(crate) fn is_at_least(version: &str, wanted: (u32, u32)) -> bool {
    let parts = version.trim().split_once('.');
    let parts = parts.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    parts.is_some_and(|version: (u32, u32)| version >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_the_fields_that_the_form_knows() {
        let raw = "Metadata-Version: 2.4\nName: hello\nVersion: 1.0\nClassifier: A\nclassifier: B\n\
            Project-URL: Docs, https://example.com\nLicense-File: LICENSE\nPlatform: one\nHome-page: h\n\
            Author-email: a@example.com\nProvides-Extra: x\nX-Unknown: dropped\n\nBody\n";
        let form = Metadata::parse(raw.into()).unwrap().form_fields();
        let form: Vec<String> = form
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            form,
            [
                "metadata_version=2.4",
                "name=hello",
                "version=1.0",
                "classifiers=A",
                "classifiers=B",
                "project_urls=Docs, https://example.com",
                "license_file=LICENSE",
                "platform=one",
                "home_page=h",
                "author_email=a@example.com",
                "provides_extra=x",
                "description=Body\n",
            ]
        );
    }

    #[test]
    fn license_files_are_sent_from_the_version_that_knows_them() {
        for (version, sent) in [
            ("2.1", false),
            ("2.3", false),
            ("2.4", true),
            ("2.10", true),
        ] {
            let raw = format!(
                "Metadata-Version: {version}\nName: six\nVersion: 1\nlicense-file: LICENSE\n"
            );
            let form = Metadata::parse(raw.into()).unwrap().form_fields();
            let found = form.iter().any(|(key, _)| key == "license_file");
            assert_eq!(found, sent, "{version}");
        }
    }
}
