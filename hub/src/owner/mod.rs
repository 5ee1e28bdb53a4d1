//! The owner's pages: one unit, no account, any phone's browser, also without scripts.

pub mod live;
pub mod page;
mod pledge;
pub mod routes;

pub use pledge::{pledge_html, pledge_pdf};
