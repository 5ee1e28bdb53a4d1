//! Documents and bundles made on the device, with no network.

use crate::{
    error::{ErrorKind, KeyturnError},
    store::{FieldStore, Result},
    types::{Id, Lang, Words},
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

#[cfg(feature = "documents")]
fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("part");
    std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path)).map_err(|error| {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        KeyturnError::new(if full { ErrorKind::DiskFull } else { ErrorKind::Storage }, "document-io", &[])
    })
}
