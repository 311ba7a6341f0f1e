//! A checkout whose `.git/config` names a program in every key that knows one: whichever git runs leaves a mark.

use std::path::PathBuf;

use crate::repo::TempRepo;

/// What git calls by itself, from `git help hooks`.
const HOOKS: &[&str] = &[
    "fsmonitor-watchman",
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
    "reference-transaction",
];

/// A checkout that was armed.
#[derive(Debug)]
pub struct Armed {
    mark: PathBuf,
}

impl Armed {
    /// Arms the repository; commands of git in it, by whoever, may run the program from now on.
    pub fn new(repo: &TempRepo) -> Self {
        let git = repo.path().join(".git");
        let mark = git.join("mark");
        let script = format!(
            "#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n",
            mark.display()
        );
        for hook in HOOKS {
            repo.executable(&format!(".git/hooks/{hook}"), &script);
        }
        repo.executable(".git/evil", &script);
        repo.write(
            ".git/info/attributes",
            "* diff=evil filter=evil merge=evil\n",
        );
        let evil = git.join("evil").display().to_string();
        let helper = format!("!{evil}");
        let hooks = git.join("hooks").display().to_string();
        let settings = [
            ("core.hooksPath", hooks.as_str()),
            ("core.pager", &evil),
            ("core.editor", &evil),
            ("core.sshCommand", &evil),
            ("core.askPass", &evil),
            ("core.gitProxy", &evil),
            ("core.alternateRefsCommand", &evil),
            ("credential.helper", &helper),
            ("credential.https://github.com.helper", &helper),
            ("diff.external", &evil),
            ("diff.evil.command", &evil),
            ("diff.evil.textconv", &evil),
            ("filter.evil.clean", &evil),
            ("filter.evil.smudge", &evil),
            ("filter.evil.process", &evil),
            ("gc.recentObjectsHook", &evil),
            ("gpg.program", &evil),
            ("hook.evil.command", &evil),
            ("hook.evil.event", "reference-transaction"),
            ("log.showSignature", "true"),
            ("merge.evil.driver", &evil),
            ("pager.log", "true"),
            ("protocol.allow", "always"),
            ("protocol.ext.allow", "always"),
            ("remote.origin.receivepack", &evil),
            ("remote.origin.uploadpack", &evil),
            ("uploadpack.packObjectsHook", &evil),
            // The last one: from here on git itself would run it.
            ("core.fsmonitor", &evil),
        ];
        for (key, value) in settings {
            repo.git(&["config", key, value]);
        }
        // Made by the commands that armed it.
        let _none = std::fs::remove_file(&mark);
        Self { mark }
    }

    /// A remote whose address names a program, which git would run with what is armed here.
    pub fn remotes(&self) -> [String; 3] {
        let mark = self.mark.display();
        [
            format!("ext::sh -c 'echo ext >> {mark}'"),
            "ssh://git@127.0.0.1:9/x".to_owned(),
            format!("ssh://-oProxyCommand=echo>>{mark}/x"),
        ]
    }

    /// # Panics
    /// When a program was run, with its call.
    pub fn assert_unharmed(&self, what: &str) {
        let calls = std::fs::read_to_string(&self.mark).unwrap_or_default();
        assert!(calls.is_empty(), "{what}: git ran\n{calls}");
    }
}
