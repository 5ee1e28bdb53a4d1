//! Printed documents: the acceptance report (S0-11), the rectification record (S0-12), the handover notice (S4-12) and
//! the guide that goes with it (S1-16), and the service pledge (S3-02).
//!
//! The documents are plain data (`serde`), filled by whoever knows the handover: a device without a network or the hub.
//! With the feature `documents`, [`render`] turns them into PDF/A-2b through Typst in process: templates and font are
//! part of the program, nothing is read from the machine, and the same data gives the same bytes.

mod acceptance;
mod data;
mod notice;
mod pledge;
mod rectification;

#[cfg(feature = "documents")]
mod drawing;
#[cfg(feature = "documents")]
mod engine;
#[cfg(feature = "documents")]
mod glyphs;
#[cfg(feature = "documents")]
mod picture;
#[cfg(feature = "documents")]
mod prepare;

pub use acceptance::*;
pub use data::*;
pub use notice::*;
pub use pledge::*;
pub use rectification::*;

#[cfg(feature = "documents")]
pub use engine::render;
#[cfg(feature = "documents")]
pub use glyphs::missing_glyphs;

use crate::{model::Digest, words::Told};
use serde::{Deserialize, Serialize};

/// Longest side of the pictures a document is fed, in pixels: at 30 mm that is above what an office printer shows.
pub const PICTURE_MAX_PX: u32 = 640;

/// A document that can be printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Document {
    /// 交房验收报告 (S0-11).
    AcceptanceReport(Box<AcceptanceReport>),
    /// 问题整改记录 (S0-12).
    RectificationRecord(Box<RectificationRecord>),
    /// 入住通知单 (S4-12).
    HandoverNotice(Box<HandoverNotice>),
    /// 收房指引 (S1-16).
    HandoverGuide(Box<HandoverGuide>),
    /// 服务承诺 (S3-02).
    ServicePledge(Box<ServicePledge>),
}

impl Document {
    /// What stands on every page.
    pub fn sheet(&self) -> &Sheet {
        match self {
            Self::AcceptanceReport(d) => &d.sheet,
            Self::RectificationRecord(d) => &d.sheet,
            Self::HandoverNotice(d) => &d.sheet,
            Self::HandoverGuide(d) => &d.sheet,
            Self::ServicePledge(d) => &d.sheet,
        }
    }

    /// The digests of all photographs the document shows, in order of appearance, each once: what must be at hand to print it.
    pub fn photos(&self) -> Vec<Digest> {
        let mut all: Vec<Digest> = Vec::new();
        let mut take = |photos: &[Photo]| all.extend(photos.iter().map(|p| p.digest));
        match self {
            Self::AcceptanceReport(d) => {
                d.snags.iter().for_each(|s| take(&s.photos));
                take(&d.other_photos);
                all.extend(d.participants.iter().filter_map(|p| p.mandate.as_ref()?.photo));
            }
            Self::RectificationRecord(d) => {
                for round in d.snags.iter().flat_map(|s| &s.rounds) {
                    take(&round.before);
                    take(&round.after);
                    round.checks.iter().for_each(|c| take(&c.photos));
                }
                all.extend(d.participants.iter().filter_map(|p| p.mandate.as_ref()?.photo));
            }
            Self::HandoverNotice(_) | Self::HandoverGuide(_) | Self::ServicePledge(_) => {}
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|d| seen.insert(*d));
        all
    }
}

/// A photograph as a document can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// A JPEG of at most [`PICTURE_MAX_PX`], upright and without metadata.
    Jpeg(Vec<u8>),
    /// The original is damaged; the reason is printed in its frame.
    Damaged(Words),
    /// The original is on the hub and not on this device.
    OnHubOnly,
    /// It is there and cannot be shown (a format without a preview); the reason is printed in its frame.
    CannotBeShown(Words),
}

/// A floor plan as a document can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanPicture {
    /// PNG or JPEG.
    Raster(Vec<u8>),
    /// SVG without links to other files.
    Svg(Vec<u8>),
    /// Not on this device.
    Missing,
}

/// Where a document's pictures come from.
pub trait Pictures {
    /// The photograph whose original has this digest.
    fn photo(&self, original: &Digest) -> Picture;
    /// The plan whose file has this digest.
    fn plan(&self, file: &Digest) -> PlanPicture;
}

/// A printed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file, PDF/A-2b.
    pub bytes: Vec<u8>,
    /// How many pages.
    pub pages: usize,
    /// Characters in the data that the font has no glyph for, each once; they are printed as 〓 and a note says so.
    pub missing_glyphs: Vec<char>,
}

/// Why a document could not be made. Neither reason is the user's: the data is printable whatever it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The template did not compile with this data.
    #[error("the document's template failed: {0}")]
    Template(String),
    /// The file did not come out as PDF/A.
    #[error("the document could not be written as PDF/A-2b: {0}")]
    Pdf(String),
}

impl Told for ReportError {
    fn key(&self) -> &'static str {
        match self {
            Self::Template(_) => "report-template-failed",
            Self::Pdf(_) => "report-pdf-failed",
        }
    }
}
