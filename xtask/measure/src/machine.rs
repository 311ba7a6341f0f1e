//! What kind of machine measured: numbers without it say nothing, and its name or paths say too much.

use std::fs;

use crate::process::Cmd;

/// For example `2 cores, Intel(R) Xeon(R) Processor @ 2.80GHz, Debian GNU/Linux 12 (x86_64)`.
pub(super) fn class() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{cores} cores, {}, {} ({})",
        processor().unwrap_or_else(|| "unknown processor".to_owned()),
        system(),
        std::env::consts::ARCH
    )
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .or_else(|| said("sysctl", &["machdep.cpu.brand_string"]))?;
    let line = text
        .lines()
        .find(|line| line.starts_with("model name") || line.starts_with("machdep"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn system() -> String {
    let named = fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("PRETTY_NAME="))?;
        Some(line.split_once('=')?.1.trim_matches('"').to_owned())
    });
    named.unwrap_or_else(|| std::env::consts::OS.to_owned())
}

/// The first line that a program says, such as its version.
pub(super) fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let text = Cmd::new(program).args(arguments).run().ok()?;
    Some(text.lines().next()?.trim().to_owned())
}

/// Today in UTC, `2026-01-31`.
pub(super) fn today() -> Option<String> {
    said("date", &["-u", "+%Y-%m-%d"])
}
