//! The store of originals: a folder of files named by their SHA-256, each durable before `put` returns.
//!
//! Layout under the root: `originals/ab/cdef…` (the digest's 64 hex digits), `pictures/512/ab/cdef….jpg` and
//! `pictures/2048/…` (named by their *original*, so that they can be made again), `tmp/` for what is being written.
//!
//! A file being written is locked (`flock`), so that a second process that opens the store sweeps away only what a dead
//! one left behind.

use super::disk::{Disk, FreeSpace, RealDisk, VolumeFreeSpace};
use crate::{model::Digest, words::Told};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Bytes read and written in one piece.
const PIECE_BYTES: usize = 256 * 1024;

/// The store could not read or write.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The volume has no room for it; nothing was left behind.
    #[error("no space left on the volume")]
    NoSpace(#[source] io::Error),
    /// The file to be taken in cannot be read.
    #[error("the source cannot be read")]
    Source(#[source] io::Error),
    /// The store's own folder cannot be read or written; nothing was left behind.
    #[error("the photo folder cannot be read or written")]
    Store(#[source] io::Error),
    /// Not in the store.
    #[error("not in the store: {0}")]
    Missing(Digest),
}

impl BlobError {
    /// A failure of the store's own folder.
    pub(super) fn store(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace(error),
            _ => Self::Store(error),
        }
    }
}

impl Told for BlobError {
    fn key(&self) -> &'static str {
        match self {
            Self::NoSpace(_) => "photo-no-space",
            Self::Source(error) if error.kind() == io::ErrorKind::NotFound => "photo-gone",
            Self::Source(_) => "photo-unreadable",
            Self::Store(_) => "photo-store-failed",
            Self::Missing(_) => "photo-missing",
        }
    }
}

/// What `put` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// The SHA-256 of the bytes, the blob's name.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// False when the store held the same bytes already.
    pub fresh: bool,
}

/// What re-reading a blob from the disk found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The bytes are the ones of its name.
    Sound,
    /// Other bytes, with this digest.
    Altered(Digest),
}

/// Sees each piece of a file that is being stored, then `None` at its end.
type Look<'a, E> = dyn FnMut(Option<&[u8]>) -> Result<(), E> + 'a;

/// A folder of content-addressed files. Cheap to clone; every method may be called from any thread.
#[derive(Debug, Clone)]
pub struct BlobStore {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    space: Arc<dyn FreeSpace>,
}

/// A file being written under `tmp/`; gone when dropped before it was put in its place.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    store: &'a BlobStore,
    path: PathBuf,
    file: File,
    placed: bool,
}

impl BlobStore {
    /// Opens the store in `root`, making the folders that are missing and removing what a killed process left half written.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        Self::open_with(root, Arc::new(RealDisk), Arc::new(VolumeFreeSpace))
    }

    /// [`Self::open`] on a disk and a measure of free space of the caller's own.
    pub fn open_with(root: &Path, disk: Arc<dyn Disk>, space: Arc<dyn FreeSpace>) -> Result<Self, BlobError> {
        let store = Self { root: root.to_owned(), disk, space };
        for folder in ["originals", "pictures", "tmp"] {
            store.ensure_dir(&root.join(folder)).map_err(BlobError::store)?;
        }
        store.sweep().map_err(BlobError::store)?;
        Ok(store)
    }

    /// Where the original named `digest` lies, or would.
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join("originals").join(&hex[..2]).join(&hex[2..])
    }

    /// Where the picture of `size_name` (`512`, `2048`) made from the original `digest` lies, or would.
    pub(super) fn derived_path(&self, size_name: &str, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join("pictures").join(size_name).join(&hex[..2]).join(format!("{}.jpg", &hex[2..]))
    }

    /// Whether the store holds `digest`; does not read its bytes ([`Self::verify`] does).
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path_of(digest).is_file()
    }

    /// Opens the blob for reading.
    pub fn open_read(&self, digest: &Digest) -> Result<File, BlobError> {
        File::open(self.path_of(digest)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(*digest),
            _ => BlobError::Store(error),
        })
    }

    /// The blob's length in bytes.
    pub fn len_bytes(&self, digest: &Digest) -> Result<u64, BlobError> {
        Ok(self.open_read(digest)?.metadata().map_err(BlobError::Store)?.len())
    }

    /// Takes a copy of the file at `source`, which stays as it is: read once, in pieces. Durable when it returns.
    pub fn put_path(&self, source: &Path) -> Result<Put, BlobError> {
        let mut source = File::open(source).map_err(BlobError::Source)?;
        self.put_reader(&mut source, &mut |_: Option<&[u8]>| Ok::<(), BlobError>(()))
    }

    /// Stores `bytes`. Durable when it returns.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Put, BlobError> {
        self.put_reader(&mut &bytes[..], &mut |_: Option<&[u8]>| Ok::<(), BlobError>(()))
    }

    /// Stores what `source` yields, showing each piece to `look`, then `None` at the end and before anything has a name;
    /// when `look` objects nothing is left behind.
    pub(super) fn put_reader<E: From<BlobError>>(&self, source: &mut dyn Read, look: &mut Look<'_, E>) -> Result<Put, E> {
        let mut draft = self.draft()?;
        let mut hasher = Sha256::new();
        let mut bytes = 0_u64;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = match source.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(BlobError::Source(error).into()),
            };
            let piece = &piece[..read];
            hasher.update(piece);
            look(Some(piece))?;
            draft.write(piece)?;
            bytes += read as u64;
        }
        look(None)?;
        let digest = Digest(hasher.finalize().into());
        let fresh = draft.place(&self.path_of(&digest), true)?;
        Ok(Put { digest, bytes, fresh })
    }

    /// Reads the blob again from the disk and compares it with its name.
    pub fn verify(&self, digest: &Digest) -> Result<Verified, BlobError> {
        let mut file = self.open_read(digest)?;
        let mut hasher = Sha256::new();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => hasher.update(&piece[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BlobError::Store(error)),
            }
        }
        let found = Digest(hasher.finalize().into());
        Ok(if found == *digest { Verified::Sound } else { Verified::Altered(found) })
    }

    /// Removes the blob and the pictures made from it; true when it was there.
    pub fn remove(&self, digest: &Digest) -> Result<bool, BlobError> {
        for size in super::pictures::PictureSize::ALL {
            self.remove_if_there(&self.derived_path(size.folder(), digest))?;
        }
        self.remove_if_there(&self.path_of(digest))
    }

    fn remove_if_there(&self, path: &Path) -> Result<bool, BlobError> {
        match self.disk.remove_file(path) {
            Ok(()) => {
                if let Some(folder) = path.parent() {
                    self.disk.sync_dir(folder).map_err(BlobError::store)?;
                }
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(BlobError::store(error)),
        }
    }

    /// The originals in the store, in no order: what a caller compares with its rows to find files whose event was
    /// never committed.
    pub fn digests(&self) -> Result<Vec<Digest>, BlobError> {
        let mut found = Vec::new();
        for folder in fs::read_dir(self.root.join("originals")).map_err(BlobError::Store)? {
            let folder = folder.map_err(BlobError::Store)?;
            let Ok(files) = fs::read_dir(folder.path()) else { continue };
            for file in files {
                let file = file.map_err(BlobError::Store)?;
                let hex = format!("{}{}", folder.file_name().to_string_lossy(), file.file_name().to_string_lossy());
                found.extend(hex.parse::<Digest>());
            }
        }
        Ok(found)
    }

    /// Bytes that may still be written to the store's volume.
    pub fn free_bytes(&self) -> Result<u64, BlobError> {
        self.space.free_bytes(&self.root).map_err(BlobError::Store)
    }

    /// Removes files under `tmp/` that no living process is writing.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("tmp"))? {
            let path = entry?.path();
            // Another process may have finished it meanwhile; then it is no longer ours to judge.
            let Ok(file) = File::open(&path) else { continue };
            if file.try_lock().is_ok() {
                match self.disk.remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// A new empty file under `tmp/`.
    pub(super) fn draft(&self) -> Result<Draft<'_>, BlobError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let name = format!("{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = self.root.join("tmp").join(name);
            let file = match self.disk.create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(BlobError::store)?,
            };
            let draft = Draft { store: self, path, file, placed: false };
            // Between making and locking it another process may have swept it away.
            if draft.file.try_lock().is_ok() && draft.path.exists() {
                return Ok(draft);
            }
        }
    }

    /// Makes `path`, and what is missing above it, so that it survives a power loss.
    fn ensure_dir(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.ensure_dir(parent)?;
        }
        self.disk.create_dir(path)?;
        parent.map_or(Ok(()), |parent| self.disk.sync_dir(parent))
    }
}

impl Draft<'_> {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.store.disk.write_all(&mut self.file, bytes).map_err(BlobError::store)
    }

    /// Puts the finished file at `to`; true when nothing was there. The bytes are on the medium before the name is, so no
    /// name ever shows half a file; with `durable` the name is on the medium too when this returns.
    ///
    /// A file already there is replaced by these bytes, whose digest has just been computed: that costs nothing and
    /// heals a blob that was damaged on the disk, whatever its length.
    pub(super) fn place(mut self, to: &Path, durable: bool) -> Result<bool, BlobError> {
        let disk = &self.store.disk;
        let folder = to.parent().unwrap_or(&self.store.root);
        disk.sync_file(&self.file).map_err(BlobError::store)?;
        self.store.ensure_dir(folder).map_err(BlobError::store)?;
        let fresh = !to.exists();
        disk.rename(&self.path, to).map_err(BlobError::store)?;
        self.placed = true;
        if durable && let Err(error) = disk.sync_dir(folder) {
            // Whether the name lasts is unknown, and the caller is told that nothing was stored.
            if fresh {
                let _ = disk.remove_file(to);
            }
            return Err(BlobError::store(error));
        }
        Ok(fresh)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // If even this fails, the next opening of the store sweeps it away.
            let _ = self.store.disk.remove_file(&self.path);
        }
    }
}
