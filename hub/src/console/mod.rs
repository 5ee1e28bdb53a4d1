//! The office console: server-rendered pages (askama), htmx for swaps in place, no build step and no outside resource.
//!
//! A page is a plain struct of what it shows; `render` turns it into HTML with a [`shell::Shell`] around it. Nothing here
//! reads a database: handlers fill the structs.

pub mod assets;
pub mod board;
pub mod book;
pub mod desk;
pub mod devices;
pub mod door;
pub mod files;
pub mod fill;
pub mod handover;
pub mod handover_acts;
pub mod office;
pub mod orders;
pub mod parts;
pub mod record;
pub mod reviews;
pub mod routes;
pub mod rules;
pub mod rules_acts;
pub mod shell;
pub mod sign;
pub mod snag;
pub mod snag_acts;
pub mod snags;
pub mod text;
pub mod tokens;
pub mod unit;

/// The console's and the owner's pages of a hub, to be served beside the sync protocol.
pub fn pages(hub: &crate::Hub) -> axum::Router {
    let office = office::Office::new(hub.clone());
    routes::router(office.clone()).merge(crate::owner::routes::router(office))
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
