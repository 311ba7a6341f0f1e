//! Which keys of a checkout's own configuration name a program, and what is said in their place.

use std::collections::BTreeMap;

/// One value of `git config --list --show-scope --null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Whether it comes from a file of the checkout.
    is_local: bool,
    key: &'a str,
    value: &'a str,
}

impl<'a> Entry<'a> {
    pub(super) fn all(listed: &'a str) -> Vec<Self> {
        let mut parts = listed.split('\0');
        let mut entries = Vec::new();
        while let (Some(scope), Some(pair)) = (parts.next(), parts.next()) {
            // A key without a value means `true`.
            let (key, value) = pair.split_once('\n').unwrap_or((pair, "true"));
            entries.push(Self {
                is_local: matches!(scope, "local" | "worktree" | "submodule"),
                key,
                value,
            });
        }
        entries
    }
}

/// What a command of git gets as `-c`, so that no program of the checkout's choice is run.
pub(super) fn overrides(entries: &[Entry<'_>]) -> Vec<(String, String)> {
    let mut of_the_checkout: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_local) {
        of_the_checkout.insert(entry.key, entry.value);
    }
    let mut extended = of_the_checkout.keys();
    let extends_lfs = extended.any(|key| key.starts_with("lfs.extension."));
    let mut overrides = Vec::new();
    for (key, value) in of_the_checkout {
        let Some(instead) = instead_of(key) else {
            continue;
        };
        let is_known = match key {
            "core.sshcommand" => is_of_checkout_action(value),
            // Extensions of Git LFS are programs, too.
            _ if key.starts_with("filter.lfs.") => !extends_lfs && is_of_git_lfs(value),
            _ => false,
        };
        if is_known {
            continue;
        }
        overrides.push((key.to_owned(), instead.to_owned()));
        // What the person or the machine has chosen counts again.
        let others = entries
            .iter()
            .filter(|entry| !entry.is_local && entry.key == key);
        overrides.extend(others.map(|entry| (key.to_owned(), entry.value.to_owned())));
    }
    overrides
}

/// Whether the checkout says which program a remote's side is: the first value of these counts, so they cannot be taken back.
pub(super) fn names_remote_programs(entries: &[Entry<'_>]) -> bool {
    let is_one = |key: &str| {
        key.starts_with("remote.") && (key.ends_with(".uploadpack") || key.ends_with(".vcs"))
    };
    entries
        .iter()
        .any(|entry| entry.is_local && is_one(entry.key))
}

/// What is said in place of a key that names a program; `None` for a key that does not. Git lists sections and names in lower
/// case.
fn instead_of(key: &str) -> Option<&'static str> {
    let (section, name) = (key.split_once('.')?.0, key.rsplit_once('.')?.1);
    Some(match (section, name) {
        ("core", "alternaterefscommand" | "editor" | "pager") => "true",
        ("core", "askpass" | "gitproxy") => "",
        ("core", "sshcommand") => "ssh",
        // An empty helper drops all that were named before.
        ("credential", "helper") => "",
        ("diff", "command" | "external" | "textconv") => "",
        ("filter", "clean" | "smudge" | "process") => "",
        ("gc", "recentobjectshook") => "",
        ("gpg", "program" | "defaultkeycommand") => "true",
        ("hook", "enabled") => "false",
        ("hook", "command") => "true",
        ("merge", "driver") => "true",
        ("pager", _) => "false",
        // Not among the protocols that are allowed, so git refuses it.
        ("remote", "vcs") => "none",
        ("sequence", "editor") => "true",
        ("trailer", "cmd" | "command") => "",
        ("uploadpack", "packobjectshook") => "",
        _ => return None,
    })
}

/// What `actions/checkout` writes where it was given an SSH key: the program `ssh` with a key and a list of known hosts.
fn is_of_checkout_action(command: &str) -> bool {
    const OPTIONS: [&str; 3] = [
        "StrictHostKeyChecking=",
        "CheckHostIP=",
        "UserKnownHostsFile=",
    ];
    let words = command.replace('"', "");
    if command.contains([
        '\'', '`', '$', ';', '|', '&', '<', '>', '(', ')', '\\', '\n', '*', '?', '[', '~', '#',
    ]) {
        return false;
    }
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    let is_ssh = words
        .next()
        .is_some_and(|ssh| matches!(ssh, "ssh" | "/usr/bin/ssh" | "/bin/ssh"));
    while let Some(word) = words.next() {
        let is_known = match (word, words.next()) {
            ("-i", Some(key)) => key.starts_with('/'),
            ("-o", Some(option)) => OPTIONS.iter().any(|known| option.starts_with(known)),
            _ => false,
        };
        if !is_known {
            return false;
        }
    }
    is_ssh
}

/// What `git lfs install --local` writes, as `actions/checkout` calls it: without it a file of Git LFS looks changed.
fn is_of_git_lfs(command: &str) -> bool {
    matches!(
        command,
        "git-lfs clean -- %f"
            | "git-lfs smudge -- %f"
            | "git-lfs smudge --skip -- %f"
            | "git-lfs filter-process"
            | "git-lfs filter-process --skip"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: &[(&str, &str, &str)]) -> Vec<String> {
        let listed: String = entries
            .iter()
            .map(|(scope, key, value)| format!("{scope}\0{key}\n{value}\0"))
            .collect();
        let overrides = overrides(&Entry::all(&listed)).into_iter();
        overrides
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    #[test]
    fn a_program_of_the_checkout_is_replaced_and_that_of_the_person_stays() {
        assert_eq!(
            of(&[
                ("global", "credential.helper", "osxkeychain"),
                ("local", "credential.helper", "!evil"),
                ("local", "remote.origin.uploadpack", "evil"),
                ("local", "remote.origin.url", "https://host/x"),
                ("local", "diff.a.b.textconv", "evil"),
                ("system", "core.pager", "less"),
                ("worktree", "core.sshcommand", "evil"),
            ]),
            [
                "core.sshcommand=ssh",
                "credential.helper=",
                "credential.helper=osxkeychain",
                "diff.a.b.textconv=",
            ]
        );
    }

    #[test]
    fn the_filter_of_git_lfs_stays_and_nothing_like_it() {
        let lfs = ("local", "filter.lfs.process", "git-lfs filter-process");
        assert!(of(&[lfs, ("local", "filter.lfs.required", "true")]).is_empty());
        for other in [
            ("local", "filter.lfs.process", "./git-lfs filter-process"),
            ("local", "filter.lfs.clean", "git-lfs clean -- %f; evil"),
            ("local", "filter.evil.clean", "git-lfs clean -- %f"),
        ] {
            assert_eq!(of(&[other]), [format!("{}=", other.1)]);
        }
        let extension = ("local", "lfs.extension.x.clean", "evil %f");
        assert_eq!(of(&[lfs, extension]), ["filter.lfs.process="]);
    }

    #[test]
    fn the_ssh_key_of_actions_checkout_stays_and_nothing_like_it() {
        let good = "\"/usr/bin/ssh\" -i \"/tmp/key\" -o StrictHostKeyChecking=yes -o CheckHostIP=no -o \"UserKnownHostsFile=/tmp/hosts\"";
        assert!(is_of_checkout_action(good));
        for bad in [
            "/tmp/ssh -i /k",
            "ssh -o ProxyCommand=evil",
            "ssh -i /k; evil",
            "ssh -i $(evil)",
            "ssh -F /tmp/config",
            "ssh -i",
            "",
        ] {
            assert!(!is_of_checkout_action(bad), "{bad}");
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn whatever_git_lists_no_program_of_the_checkout_is_left() {
        let seeds = ["local\0core.sshcommand\nevil\0global\0core.pager\nless\0local\0a\0"];
        testkit::fuzz::texts(
            &seeds,
            &["\0", "local\0", "credential.x.helper\n"],
            |text| {
                let entries = Entry::all(text);
                let overrides = overrides(&entries);
                for entry in entries.iter().filter(|entry| entry.is_local) {
                    let kept = entry.key == "core.sshcommand" && is_of_checkout_action(entry.value);
                    let is_overridden = overrides.iter().any(|(key, _)| key == entry.key);
                    assert!(instead_of(entry.key).is_none() || is_overridden || kept);
                }
            },
        );
    }
}
