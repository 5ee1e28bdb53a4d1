//! What happened: events, their clock, the hash chain of each device, seals, certificates, receipts, and the fold into state.

pub mod batch;
pub mod cert;
pub mod chain;
pub mod clock;
pub mod event;
pub mod fold;
pub mod keys;
pub mod receipt;
pub mod seal;
pub mod state;

pub use chain::Chain;
pub use clock::{Clock, ClockState, Hlc, SystemClock};
pub use event::{Event, EventRef, NewEvent, OrderKey};
