//! Files in a folder: `files/ab/abcd…` by SHA-256, uploads in `uploads/`. Whatever is called safe was flushed to the disk, file and folder.

use super::{Answer, FileStore, Part, StoreError, UploadName};
use bytes::Bytes;
use keyturn_core::model::Digest;
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Files in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: Arc<PathBuf>,
    next: Arc<AtomicU64>,
}

fn disk(error: std::io::Error) -> StoreError {
    if error.kind() == ErrorKind::StorageFull { StoreError::Full } else { StoreError::Disk(error) }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(job).await.map_err(|_| StoreError::Disk(std::io::Error::other("the task ended early")))?
}

fn sync_dir(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|d| d.sync_all()).map_err(disk)
}

/// Reads a file to its end: SHA-256 and size of what the disk gives.
fn read_back(path: &Path) -> Result<(Digest, u64), StoreError> {
    let mut file = File::open(path).map_err(disk)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        let n = file.read(&mut buffer).map_err(disk)?;
        if n == 0 {
            return Ok((Digest(hasher.finalize().into()), size));
        }
        hasher.update(&buffer[..n]);
        size += n as u64;
    }
}

impl Folder {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        for name in ["files", "uploads"] {
            fs::create_dir_all(root.join(name)).map_err(disk)?;
        }
        sync_dir(root)?;
        let this = Self { root: Arc::new(root.to_owned()), next: Arc::new(AtomicU64::new(0)) };
        // Halves of whole files that a crash left; uploads stay.
        for entry in fs::read_dir(root.join("uploads")).map_err(disk)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("put-") {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(this)
    }

    fn upload_path(&self, name: UploadName) -> PathBuf {
        self.root.join("uploads").join(format!("{}-{}", name.device, name.sha256))
    }

    fn file_path(&self, sha256: Digest) -> PathBuf {
        let hex = sha256.to_string();
        self.root.join("files").join(&hex[..2]).join(hex)
    }

    /// Moves a flushed file to its place under its hash.
    fn adopt(&self, from: &Path, sha256: Digest) -> Result<(), StoreError> {
        let to = self.file_path(sha256);
        let Some(folder) = to.parent() else { return Err(StoreError::Damaged("no folder")) };
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(disk)?;
            sync_dir(&self.root.join("files"))?;
        }
        fs::rename(from, &to).map_err(disk)?;
        sync_dir(folder)
    }
}

struct FolderPart {
    file: Option<File>,
    began_at: u64,
    at: u64,
}

impl Part for FolderPart {
    fn write(&mut self, bytes: Bytes) -> Answer<'_, ()> {
        Box::pin(async move {
            let Some(mut file) = self.file.take() else { return Err(StoreError::Damaged("the part is closed")) };
            let length = bytes.len() as u64;
            let (file, result) = tokio::task::spawn_blocking(move || {
                let result = file.write_all(&bytes);
                (file, result)
            })
            .await
            .map_err(|_| StoreError::Damaged("the task ended early"))?;
            self.file = Some(file);
            result.map_err(disk)?;
            self.at += length;
            Ok(())
        })
    }

    fn keep(mut self: Box<Self>) -> Answer<'static, u64> {
        Box::pin(blocking(move || {
            if let Some(file) = self.file.take() {
                file.sync_data().map_err(disk)?;
            }
            Ok(self.at)
        }))
    }

    fn undo(mut self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(blocking(move || {
            if let Some(file) = self.file.take() {
                file.set_len(self.began_at).and_then(|()| file.sync_data()).map_err(disk)?;
            }
            Ok(())
        }))
    }
}

impl FileStore for Folder {
    fn length(&self, upload: UploadName) -> Answer<'_, u64> {
        let path = self.upload_path(upload);
        Box::pin(blocking(move || match fs::metadata(path) {
            Ok(meta) => Ok(meta.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(disk(error)),
        }))
    }

    fn append(&self, upload: UploadName) -> Answer<'_, Box<dyn Part>> {
        let path = self.upload_path(upload);
        Box::pin(blocking(move || {
            let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path).map_err(disk)?;
            let at = file.seek(SeekFrom::End(0)).map_err(disk)?;
            Ok(Box::new(FolderPart { file: Some(file), began_at: at, at }) as Box<dyn Part>)
        }))
    }

    fn finish(&self, upload: UploadName) -> Answer<'_, Option<u64>> {
        let (this, path) = (self.clone(), self.upload_path(upload));
        Box::pin(blocking(move || {
            File::open(&path).and_then(|f| f.sync_all()).map_err(disk)?;
            let (found, size) = read_back(&path)?;
            if found != upload.sha256 {
                fs::remove_file(&path).map_err(disk)?;
                return Ok(None);
            }
            this.adopt(&path, found)?;
            Ok(Some(size))
        }))
    }

    fn read_upload(&self, upload: UploadName) -> Answer<'_, Vec<u8>> {
        let path = self.upload_path(upload);
        Box::pin(blocking(move || fs::read(path).map_err(disk)))
    }

    fn discard(&self, upload: UploadName) -> Answer<'_, ()> {
        let path = self.upload_path(upload);
        Box::pin(blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(disk(error)),
            _ => Ok(()),
        }))
    }

    fn put(&self, bytes: Bytes) -> Answer<'_, (Digest, u64)> {
        let this = self.clone();
        Box::pin(blocking(move || {
            let path = this.root.join("uploads").join(format!("put-{}-{}", std::process::id(), this.next.fetch_add(1, Ordering::Relaxed)));
            let written = File::create(&path).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
            let result = written.map_err(disk).and_then(|()| read_back(&path)).and_then(|(found, size)| {
                if found == Digest::of(&bytes) {
                    this.adopt(&path, found).map(|()| (found, size))
                } else {
                    Err(StoreError::Damaged("the disk gave back other bytes"))
                }
            });
            if result.is_err() {
                let _ = fs::remove_file(&path);
            }
            result
        }))
    }

    fn read(&self, sha256: Digest, at: u64, length: usize) -> Answer<'_, Option<Bytes>> {
        let path = self.file_path(sha256);
        Box::pin(blocking(move || {
            let mut file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(disk(error)),
            };
            file.seek(SeekFrom::Start(at)).map_err(disk)?;
            let mut out = Vec::with_capacity(length.min(1 << 20));
            file.take(length as u64).read_to_end(&mut out).map_err(disk)?;
            Ok(Some(out.into()))
        }))
    }

    fn size(&self, sha256: Digest) -> Answer<'_, Option<u64>> {
        let path = self.file_path(sha256);
        Box::pin(blocking(move || match fs::metadata(path) {
            Ok(meta) => Ok(Some(meta.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(error)),
        }))
    }

    fn path(&self, sha256: Digest) -> Option<PathBuf> {
        Some(self.file_path(sha256))
    }
}
