//! `entry_points.txt` makes the programs of a wheel: a line that cannot be read fails when somebody installs it.

/// What is wrong with the text (entry points specification).
pub(super) fn findings(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut section: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = Some(name.trim());
            continue;
        }
        let Some(section) = section else {
            findings.push(format!(
                "line `{line}` of entry_points.txt is before any section"
            ));
            continue;
        };
        let Some((name, target)) = line.split_once('=') else {
            findings.push(format!(
                "line `{line}` of entry_points.txt is not `name = module:function`"
            ));
            continue;
        };
        let is_script = matches!(section, "console_scripts" | "gui_scripts");
        if is_script && !(is_file_name(name.trim()) && is_function(target.trim())) {
            findings.push(format!(
                "script `{line}` of entry_points.txt is not `name = module:function`"
            ));
        }
    }
    findings
}

/// It becomes a file in a folder of programs.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\'])
}

/// `package.module:attribute.attribute`, with extras in brackets as old tools write them.
fn is_function(target: &str) -> bool {
    let target = target.split('[').next().unwrap_or(target).trim();
    let dotted = |text: &str| {
        text.split('.').all(|part| {
            let first = |c: char| c.is_alphabetic() || c == '_';
            part.starts_with(first) && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
    };
    let parts = target.split_once(':');
    parts.is_some_and(|(module, function)| dotted(module.trim()) && dotted(function.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_a_function_and_other_sections_are_their_owners_business() {
        let good = "# ours\n[console_scripts]\nhello = hello_sdk.cli:main\nold=a.b:C.run [extra]\n\n[other]\nx = y\n";
        assert_eq!(findings(good), [] as [&str; 0]);
        assert_eq!(findings(""), [] as [&str; 0]);
        for (text, told) in [
            ("a = b:c\n", "before any section"),
            ("[x]\nno equals\n", "`name = module:function`"),
            (
                "[console_scripts]\nhello = hello_sdk\n",
                "script `hello = hello_sdk`",
            ),
            ("[gui_scripts]\n../evil = a:b\n", "script `../evil = a:b`"),
            ("[console_scripts]\nx = a-b:main\n", "script `x = a-b:main`"),
        ] {
            let found = findings(text).join("; ");
            assert!(found.contains(told), "{found}");
        }
    }
}
