//! What every client that repeats requests needs: when a server wants to be asked again, and a clock that tests can hold.

pub mod clock;
mod retry_after;

pub use clock::{Clock, SystemClock, spoken};
pub use retry_after::{http_date, retry_after, sent_at, until};
