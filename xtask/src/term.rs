//! The one module that prints: steps with their elapsed time, tables, and colours on a terminal only.

#![allow(
    clippy::print_stdout,
    reason = "this is the module that prints, so that every other one returns what it has to say"
)]

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a running step says that it still runs, when the output is a file or a CI log.
const HEARTBEAT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
enum Colour {
    Bold,
    Dim,
    Green,
    Red,
}

fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

fn paint(colour: Colour, text: &str) -> String {
    if !is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Bold => 1,
        Colour::Dim => 2,
        Colour::Green => 32,
        Colour::Red => 31,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A line that opens a part of the work.
pub fn heading(text: &str) {
    println!(
        "{} {}",
        paint(Colour::Green, "==>"),
        paint(Colour::Bold, text)
    );
}

/// A line below a heading; several lines are indented alike.
pub fn info(text: &str) {
    for line in text.lines() {
        println!("    {line}");
    }
}

/// Why the command, or one step of it, failed.
pub fn failed(text: &str) {
    println!("{} {text}", paint(Colour::Red, "error:"));
}

/// The last line of a command, as it is: scripts read it.
pub fn last_line(text: &str) {
    println!("{text}");
}

/// `840 ms`, `12.3 s`, `2 min 05 s`.
pub fn duration(elapsed: Duration) -> String {
    let millis = elapsed.as_millis();
    match elapsed.as_secs() {
        0 => format!("{millis} ms"),
        1..60 => format!("{}.{} s", elapsed.as_secs(), (millis % 1000) / 100),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Rows below a header, each column as wide as its widest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .chain(header.get(column).map(|title| title.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let titles: Vec<String> = header.iter().map(|&title| title.to_owned()).collect();
    println!("{}", paint(Colour::Bold, &line(&titles)));
    for row in rows {
        println!("{}", line(row));
    }
}

/// One running step: shows the elapsed time while it runs and one line when it is over.
#[derive(Debug)]
pub struct Progress {
    label: String,
    started: Instant,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub fn start(label: &str) -> Self {
        let started = Instant::now();
        let (stop, stopped) = channel();
        let shown = label.to_owned();
        let handle = std::thread::spawn(move || {
            let terminal = is_terminal();
            let period = if terminal {
                Duration::from_millis(250)
            } else {
                HEARTBEAT
            };
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                let elapsed = duration(started.elapsed());
                if terminal {
                    print!("\r\u{1b}[K{} {shown} {elapsed}", paint(Colour::Dim, "  …"));
                    // A terminal that went away makes the animation pointless, not the step wrong.
                    std::io::stdout().flush().unwrap_or_default();
                } else {
                    println!("  … {shown}, {elapsed} so far");
                }
            }
        });
        Self {
            label: label.to_owned(),
            started,
            ticker: Some((stop, handle)),
        }
    }

    /// Ends the step as passed, with what it has to tell (may be empty).
    pub fn passed(mut self, note: &str) -> Duration {
        self.finish(&paint(Colour::Green, " ok"), note)
    }

    /// Ends the step as failed; the cause is printed by the one who knows it.
    pub fn failed(mut self, note: &str) -> Duration {
        self.finish(&paint(Colour::Red, "bad"), note)
    }

    fn finish(&mut self, mark: &str, note: &str) -> Duration {
        let elapsed = self.started.elapsed();
        self.stop();
        let clear = if is_terminal() { "\r\u{1b}[K" } else { "" };
        let separator = if note.is_empty() { "" } else { ": " };
        let seconds = paint(Colour::Dim, &duration(elapsed));
        println!("{clear}{mark} {}{separator}{note} {seconds}", self.label);
        elapsed
    }

    fn stop(&mut self) {
        if let Some((stop, handle)) = self.ticker.take() {
            drop(stop);
            // The ticker only prints; if it panicked there is nothing left to stop.
            handle.join().unwrap_or_default();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_clock() {
        assert_eq!(duration(Duration::from_millis(840)), "840 ms");
        assert_eq!(duration(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 05 s");
    }
}
