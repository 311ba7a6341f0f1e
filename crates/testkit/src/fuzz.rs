//! Feeds parsers text that nobody would write: seeds that look right, changed at random, until one breaks a promise.
//!
//! A fuzzer that is led by coverage needs compiler flags that stable Rust does not have. What our parsers read is short and
//! has few shapes, so good seeds and a list of words with a meaning reach nearly as far, with nothing to install. A text
//! that breaks a promise is made smaller before it is shown, so that it can be pasted into a test.
//!
//! Targets stand beside their parsers, in `mod fuzz` of the tests. They run for a fixed number of texts, the same ones
//! every time; with [`SECONDS`] each runs that long, with new ones.

#![allow(
    clippy::print_stdout,
    reason = "how many texts a long run fed is what its reader wants to know"
)]

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Names the variable that says how long each target runs.
pub const SECONDS: &str = "FUZZ_SECONDS";

/// Texts per target in an ordinary run of the tests.
const TEXTS: u64 = 2_000;
/// Changes to one seed.
const CHANGES: u64 = 6;
/// How often a text is tried smaller.
const TRIES: usize = 4_000;
/// No parser is fed more than this.
const LONGEST: usize = 16 * 1024;

/// What strangers write to be obeyed, and what parsers like to stumble over.
const WORDS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b"`",
    b"```",
    b"~~~",
    b"|",
    b":",
    b"::",
    b",",
    b"%0A",
    b"%25",
    b"::error::forged",
    b"\n::error::forged",
    b"##[error]forged",
    b"::stop-commands::x",
    b"$(id)",
    b"]]",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"\xe2\x80\xa8",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"e\xcc\x81",
    b"\xc4\xb0",
    b"\xf0\x9f\x8f\xb3\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x8c\x88",
    b"0",
    b"1",
    b"-1",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"..",
    b"/",
    b"*",
    b"**",
    b"[",
    b"{",
    b"<!--",
    b"-->",
    b"- [ ] ",
];

/// One panic is looked at by one target at a time: the hook that keeps panics silent is of the whole process.
static LOOKING: Mutex<()> = Mutex::new(());

/// Runs `check` on changed `seeds`; `words` are what this parser knows beside the usual ones.
///
/// # Panics
/// When `check` panics, with the smallest input for which it does.
pub fn bytes(seeds: &[&[u8]], words: &[&[u8]], check: impl Fn(&[u8])) {
    for seed in seeds {
        judge(seed, &check);
    }
    let seconds = std::env::var(SECONDS)
        .ok()
        .and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let clock = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut random = Random(match until {
        Some(_) => clock.map_or(1, |time| time.as_nanos() as u64 | 1),
        None => 1,
    });
    let words: Vec<&[u8]> = WORDS.iter().chain(words).copied().collect();
    let mut texts = 0;
    while until.map_or(texts < TEXTS, |until| Instant::now() < until) {
        judge(&changed(seeds, &words, &mut random), &check);
        texts += 1;
    }
    if until.is_some() {
        let target = std::thread::current();
        println!("{}: {texts} texts", target.name().unwrap_or("fuzz"));
    }
}

/// The same for parsers of text.
///
/// # Panics
/// When `check` panics, with the smallest text for which it does.
pub fn texts(seeds: &[&str], words: &[&str], check: impl Fn(&str)) {
    let seeds: Vec<&[u8]> = seeds.iter().map(|seed| seed.as_bytes()).collect();
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    bytes(&seeds, &words, |bytes| {
        check(&String::from_utf8_lossy(bytes))
    });
}

fn judge(input: &[u8], check: &impl Fn(&[u8])) {
    let fails = |input: &[u8]| panic::catch_unwind(AssertUnwindSafe(|| check(input))).err();
    if fails(input).is_none() {
        return;
    }
    let looking = LOOKING.lock();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let smallest = smaller(input.to_vec(), |input| fails(input).is_some());
    panic::set_hook(hook);
    drop(looking);
    println!("failed on b\"{}\":", smallest.escape_ascii());
    check(&smallest);
    panic!(
        "failed on b\"{}\" once, and then no more",
        smallest.escape_ascii()
    );
}

/// Leaves out what is not needed to fail, larger pieces first.
fn smaller(mut input: Vec<u8>, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut tries = 0;
    let mut piece = input.len().div_ceil(2).max(1);
    while piece > 0 && tries < TRIES {
        let mut at = 0;
        while at < input.len() && tries < TRIES {
            tries += 1;
            let to = (at + piece).min(input.len());
            let without: Vec<u8> = input
                .iter()
                .take(at)
                .chain(input.iter().skip(to))
                .copied()
                .collect();
            match fails(&without) {
                true => input = without,
                false => at = to,
            }
        }
        piece /= 2;
    }
    input
}

fn changed(seeds: &[&[u8]], words: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut text = random.pick(seeds).to_vec();
    for _ in 0..=random.below(CHANGES) {
        let at = random.below(text.len() as u64 + 1) as usize;
        let to = (at + 1 + random.below(16) as usize).min(text.len());
        match random.below(8) {
            0 => drop(text.splice(at..to, [])),
            1 => drop(text.splice(at..at, [random.below(256) as u8])),
            2 | 3 => drop(text.splice(at..at, random.pick(words).iter().copied())),
            4 => drop(text.splice(at..to, random.pick(words).iter().copied())),
            5 => {
                let piece = text.get(at..to).unwrap_or_default().to_vec();
                let times = 1 + random.below(4) as usize;
                text.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = random.pick(seeds);
                let from = random.below(other.len() as u64 + 1) as usize;
                text.truncate(at);
                text.extend(other.iter().skip(from));
            }
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
        text.truncate(LONGEST);
    }
    text
}

/// Xorshift with a multiplication: the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a [u8]]) -> &'a [u8] {
        let at = self.below(from.len() as u64) as usize;
        from.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_promise_is_found_and_shown_with_the_smallest_text() {
        let check =
            |text: &str| assert!(!(text.contains("::error") && text.contains('|')), "broken");
        let failed = panic::catch_unwind(|| texts(&["one | two\nthree"], &[], check));
        assert!(failed.is_err());
        let smallest = smaller(b"xx one | two ::error::forged".to_vec(), |text| {
            let text = String::from_utf8_lossy(text);
            text.contains("::error") && text.contains('|')
        });
        assert_eq!(smallest, b"|::error");
    }

    #[test]
    fn ordinary_runs_look_at_the_same_texts() {
        let run = || {
            let seen = Mutex::new(Vec::new());
            bytes(&[b"a\nb", b"c"], &[], |text| {
                seen.lock().unwrap().push(text.to_vec())
            });
            seen.into_inner().unwrap()
        };
        let first = run();
        assert_eq!(first.len() as u64, TEXTS + 2);
        assert_eq!(first, run());
    }
}
