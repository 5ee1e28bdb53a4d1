//! The few acts on a file system that must not fail halfway, behind traits so that a test can make the n-th one fail.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Every act of a store that changes a disk. [`RealDisk`] does it; [`FailingDisk`] stops at a chosen one.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Creates one folder whose parent exists; fine when it is there already.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Creates a file that is not there yet, for writing.
    fn create_new(&self, path: &Path) -> io::Result<File>;
    /// Appends all of `bytes`.
    fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Returns when the file's bytes are on the medium.
    fn sync_file(&self, file: &File) -> io::Result<()>;
    /// Puts `from` in the place of `to`, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Returns when the folder's names are on the medium.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes one file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
}

/// The operating system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn create_new(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// How a [`FailingDisk`] fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailMode {
    /// The volume is full: making and writing fail with `StorageFull` from the chosen act on, removing still works.
    Full,
    /// The process is gone: from the chosen act on nothing changes on the disk any more, not even by removing.
    Dead,
}

/// A disk that fails at its n-th act and at all after it, for tests of full disks and of kills. A write that fails has
/// put half of its bytes down, as a full volume does.
#[derive(Debug)]
pub struct FailingDisk {
    acts: AtomicU64,
    fail_at: AtomicU64,
    mode: FailMode,
    failed: AtomicBool,
}

impl FailingDisk {
    /// Fails at act `fail_at` (the first is 1); `u64::MAX` only counts.
    pub fn new(fail_at: u64, mode: FailMode) -> Self {
        Self { acts: AtomicU64::new(0), fail_at: AtomicU64::new(fail_at), mode, failed: AtomicBool::new(false) }
    }

    /// Counts from zero again and fails at act `fail_at` from here.
    pub fn arm(&self, fail_at: u64) {
        self.acts.store(0, Ordering::SeqCst);
        self.failed.store(false, Ordering::SeqCst);
        self.fail_at.store(fail_at, Ordering::SeqCst);
    }

    /// The acts counted so far.
    pub fn acts(&self) -> u64 {
        self.acts.load(Ordering::SeqCst)
    }

    /// Whether the chosen act was reached.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    fn act(&self) -> io::Result<()> {
        if self.acts.fetch_add(1, Ordering::SeqCst) + 1 < self.fail_at.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.failed.store(true, Ordering::SeqCst);
        Err(match self.mode {
            FailMode::Full => io::Error::from(io::ErrorKind::StorageFull),
            FailMode::Dead => io::Error::other("the process is gone"),
        })
    }
}

impl Disk for FailingDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.act()?;
        RealDisk.create_dir(path)
    }

    fn create_new(&self, path: &Path) -> io::Result<File> {
        self.act()?;
        RealDisk.create_new(path)
    }

    fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.act() {
            if self.mode == FailMode::Full || self.acts() == self.fail_at.load(Ordering::SeqCst) {
                RealDisk.write_all(file, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        RealDisk.write_all(file, bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        self.act()?;
        RealDisk.sync_file(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.act()?;
        RealDisk.rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.act()?;
        RealDisk.sync_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        if self.has_failed() && self.mode == FailMode::Dead {
            return self.act();
        }
        RealDisk.remove_file(path)
    }
}

/// The free space of the volume a store lies on; a shell or a test may answer in its place.
pub trait FreeSpace: fmt::Debug + Send + Sync {
    /// Bytes this process may still write to the volume that holds `folder`.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
}

/// What the operating system says (`statvfs`).
#[derive(Debug, Clone, Copy, Default)]
pub struct VolumeFreeSpace;

impl FreeSpace for VolumeFreeSpace {
    #[allow(unsafe_code)]
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        use std::os::unix::ffi::OsStrExt as _;
        let path = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
        let mut volume = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
        // SAFETY: `path` is a C string that outlives the call, and `volume` is a zeroed struct of the type the call fills.
        let volume = unsafe {
            if libc::statvfs(path.as_ptr(), volume.as_mut_ptr()) != 0 {
                return Err(io::Error::last_os_error());
            }
            volume.assume_init()
        };
        // The field types differ between platforms.
        #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
        Ok((volume.f_bavail as u64).saturating_mul(volume.f_frsize as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_tells_its_free_space() {
        let folder = tempfile::tempdir().unwrap();
        assert!(VolumeFreeSpace.free_bytes(folder.path()).unwrap() > 0);
        assert!(VolumeFreeSpace.free_bytes(&folder.path().join("not there")).is_err());
    }

    #[test]
    fn a_failing_disk_fails_from_the_chosen_act_on() {
        let folder = tempfile::tempdir().unwrap();
        let disk = FailingDisk::new(2, FailMode::Full);
        let path = folder.path().join("a");
        let mut file = disk.create_new(&path).unwrap();
        assert_eq!(disk.write_all(&mut file, b"four").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"fo");
        assert!(disk.sync_file(&file).is_err());
        disk.remove_file(&path).unwrap();
        assert!(disk.has_failed() && !path.exists());
    }
}
