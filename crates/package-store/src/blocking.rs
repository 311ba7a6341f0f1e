//! Work that blocks, away from the threads that serve requests; in this crate's own tests it is done at once, so that what
//! happens in which order depends on their seed alone.

use std::io;

pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    if cfg!(test) {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
}
