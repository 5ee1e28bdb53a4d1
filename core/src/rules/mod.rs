//! What a command or an arriving event must meet. Pure functions: the event's content, the state it meets, the role, the policy.

pub mod admit;
pub mod again;
pub mod clocks;
pub mod level;
pub mod owed;
pub mod sane;

pub use admit::{HUB_ROLE, Meets, Refusal, admit, appointment_open, closing_open, fits};
