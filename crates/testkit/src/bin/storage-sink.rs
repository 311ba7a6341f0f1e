//! The sink as a program, for measurements of clients that are no Rust tests.

use testkit::storage_sink::StorageSink;

#[expect(
    clippy::print_stdout,
    reason = "whoever starts it wants to know where it is"
)]
fn main() -> anyhow::Result<()> {
    let sink = StorageSink::start()?;
    println!("{}", sink.url());
    loop {
        std::thread::park();
    }
}
