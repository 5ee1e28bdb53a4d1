//! The office console: server-rendered pages (askama), htmx for swaps in place, no build step and no outside resource.
//!
//! A page is a plain struct of what it shows; `render` turns it into HTML with a [`shell::Shell`] around it. Nothing here
//! reads a database: handlers fill the structs.

pub mod assets;
pub mod board;
pub mod desk;
pub mod devices;
pub mod door;
pub mod parts;
pub mod reviews;
pub mod shell;
pub mod sign;
pub mod snag;
pub mod snags;
pub mod text;
pub mod tokens;
pub mod unit;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
