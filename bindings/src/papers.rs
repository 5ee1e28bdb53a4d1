//! Documents and bundles made on the device, with no network.

use crate::{
    error::{ErrorKind, KeyturnError},
    store::{FieldStore, Result},
    types::{Id, Lang, Sha256, UtcMs, Words},
};
use keyturn_core::field::{DocumentKind, FieldError};
use std::path::PathBuf;

/// A document of a unit that can be made here.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PaperView {
    /// What [`FieldStore::print`] takes.
    pub kind: String,
    /// Its name.
    pub name: Words,
    /// There is something to print yet.
    pub ready: bool,
}

/// A document that was made for a unit and stored, here or at the hub.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DocumentView {
    /// Its kind.
    pub kind: String,
    /// The kind in words.
    pub name: Words,
    /// The file.
    pub sha256: Sha256,
    /// The number on the form.
    pub number: String,
    /// When it was made.
    pub made: UtcMs,
    /// Its file (PDF) on this device, to be read there and never written; none when it is not here yet. It has no ending in its name:
    /// [`FieldStore::copy_document`] makes a copy that others open.
    pub path: Option<PathBuf>,
}

/// Whether this build holds the document engine.
#[uniffi::export]
pub fn has_documents() -> bool {
    cfg!(feature = "documents")
}

#[uniffi::export]
impl FieldStore {
    /// The documents of a unit.
    pub fn papers(&self, unit: Id) -> Result<Vec<PaperView>> {
        let core = self.core()?;
        let all = [DocumentKind::Notice, DocumentKind::Guide, DocumentKind::Acceptance, DocumentKind::Rectification];
        let paper = |kind: DocumentKind| {
            let ready = match core.document(unit, kind) {
                Ok(document) => document.is_some(),
                Err(FieldError::NotFound(_)) => false,
                Err(error) => return Err(error.into()),
            };
            Ok(PaperView { kind: kind.name().to_owned(), name: Words::of(&format!("paper-{}", kind.name().replace('_', "-")), &[]), ready })
        };
        all.into_iter().map(paper).collect()
    }

    /// The documents that were made for a unit, the latest first; those on this device open offline.
    pub fn documents(&self, unit: Id) -> Result<Vec<DocumentView>> {
        let documents = self.core()?.stored_documents(unit)?.into_iter().map(|d| DocumentView {
            name: Words::of(&format!("paper-{}", d.kind.replace('_', "-")), &[]),
            kind: d.kind,
            sha256: d.sha256,
            number: d.number,
            made: d.made,
            path: d.path,
        });
        Ok(documents.collect())
    }

    /// Copies a stored document of a unit to `path`, for another app to open.
    pub fn copy_document(&self, unit: Id, document: Sha256, path: PathBuf) -> Result<()> {
        let all = self.core()?.stored_documents(unit)?;
        let from = all.into_iter().find(|d| d.sha256 == document).and_then(|d| d.path).ok_or(FieldError::NotFound("document"))?;
        let bytes = std::fs::read(from).map_err(|_| KeyturnError::new(ErrorKind::Storage, "document-io", &[]))?;
        write(&path, &bytes)
    }

    /// Writes a document of a unit as PDF to `path`, keeps it and records that it was made. Refused where this build has no document engine.
    pub fn print(&self, unit: Id, kind: &str, lang: Lang, path: PathBuf) -> Result<()> {
        let core = self.core()?;
        let kind = DocumentKind::from_name(kind).ok_or(FieldError::NotFound("document"))?;
        #[cfg(feature = "documents")]
        {
            let pdf = core.print(unit, kind, lang)?;
            write(&path, &pdf.bytes)
        }
        #[cfg(not(feature = "documents"))]
        {
            let _ = (core, kind, unit, lang, path);
            Err(KeyturnError::new(ErrorKind::Refused, "ffi-no-documents", &[]))
        }
    }

    /// Writes the bundle of a unit as this device has it: what an outsider can check with no network.
    pub fn export_bundle(&self, unit: Id, path: PathBuf) -> Result<()> {
        Ok(self.core()?.bundle(unit, &path).map(|_| ())?)
    }
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("part");
    std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path)).map_err(|error| {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        KeyturnError::new(if full { ErrorKind::DiskFull } else { ErrorKind::Storage }, "document-io", &[])
    })
}
