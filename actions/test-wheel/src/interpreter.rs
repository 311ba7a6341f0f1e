//! Whether an interpreter takes a wheel, asked before pip is: pip does not say which one it would take.

use std::collections::BTreeSet;

use actions_core::{Context, Venv};
use anyhow::bail;
use package_formats::Wheel;
use serde::Deserialize;

/// What the interpreter says of itself, with the library that pip brings along.
const LOOK: &str = "\
import json, platform, sys, sysconfig
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.tags import sys_tags
required = sys.argv[1]
version = '.'.join(map(str, sys.version_info[:3]))
print(json.dumps({'python': platform.python_implementation() + ' ' + version,
                  'platform': sysconfig.get_platform(),
                  'fits': not required or SpecifierSet(required).contains(version, prereleases=True),
                  'tags': [str(tag) for tag in sys_tags()]}))
";

#[derive(Debug, Deserialize)]
struct Interpreter {
    python: String,
    platform: String,
    fits: bool,
    tags: BTreeSet<String>,
}

/// Fails where the wheel is for another Python or another system.
pub(crate) async fn check(cx: &Context, venv: &Venv, wheel: &Wheel) -> anyhow::Result<()> {
    let required = wheel.metadata.requires_python().unwrap_or_default();
    let look = venv.program("python").args(["-I", "-c", LOOK, required]);
    let answer = look.output().await.map(|out| serde_json::from_slice(&out));
    let interpreter: Interpreter = match answer {
        Ok(Ok(interpreter)) => interpreter,
        // Another pip keeps that library elsewhere; then pip decides, with its own words.
        _ => {
            cx.log
                .info("this pip does not say which wheels it can install");
            return Ok(());
        }
    };
    let Interpreter {
        python, platform, ..
    } = &interpreter;
    let file = &wheel.file_name;
    if file.tags().is_disjoint(&interpreter.tags) {
        bail!(
            "failed to install `{file}`: it is for {} on {}, and this is {python} on {platform}; set the input `python` to a matching interpreter, or use the wheel for this one",
            pythons(&file.python_tags, &file.abi_tags),
            systems(wheel)
        );
    }
    if !interpreter.fits {
        bail!(
            "failed to install `{file}`: it needs Python {required}, and this is {python}; set the input `python` to a matching interpreter"
        );
    }
    Ok(())
}

/// The Pythons that tags stand for, such as `CPython 3.12`; a tag that is not known is shown as it is.
fn pythons(tags: &[String], abis: &[String]) -> String {
    let later = match abis.iter().any(|abi| abi == "abi3") {
        true => " or later",
        false => "",
    };
    let named = tags.iter().map(|tag| {
        let (name, version) = match tag.split_at_checked(2) {
            Some(("cp", version)) => ("CPython", version),
            Some(("pp", version)) => ("PyPy", version),
            Some(("py", version)) => ("Python", version),
            _ => return tag.clone(),
        };
        match version.split_at_checked(1) {
            Some((major, "")) => format!("{name} {major}{later}"),
            Some((major, minor)) => format!("{name} {major}.{minor}{later}"),
            None => tag.clone(),
        }
    });
    named.collect::<Vec<_>>().join(" or ")
}

fn systems(wheel: &Wheel) -> String {
    format!(
        "{} ({})",
        wheel.file_name.platform(),
        wheel.file_name.platform_tags.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_as_people_call_them() {
        let of = |python: &str, abi: &str| pythons(&[python.to_owned()], &[abi.to_owned()]);
        assert_eq!(of("cp312", "cp312"), "CPython 3.12");
        assert_eq!(of("cp39", "abi3"), "CPython 3.9 or later");
        assert_eq!(of("py3", "none"), "Python 3");
        assert_eq!(of("pp310", "pypy310_pp73"), "PyPy 3.10");
        assert_eq!(of("graalpy", "none"), "graalpy");
    }
}
