//! `keyturn import`: registers from XLSX or CSV (S4-28, S4-98), the template, and the file of refused rows.
//!
//! This layer reads files into a [`Register`](keyturn_core::register::Register) and a list of what is wrong; it writes nothing to
//! any store. A file with anything wrong is refused as a whole unless the caller asks for the good rows.

mod csv;
mod refused;
mod template;
mod xlsx;

pub use template::write_template;

use keyturn_core::{
    policy::Profile,
    register::{self, BadCell, MAX_COLUMNS, MAX_ROWS, RawSheet, Reading, RowKey, RowKind, TooLarge},
    words::Told,
};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// Largest file that is looked at, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// Most that a workbook may unpack to, in bytes: 200,000 rows take less.
pub const MAX_UNPACKED_BYTES: u64 = 256 << 20;

/// Why a file cannot be read or written at all. What is wrong with its cells is a [`BadCell`].
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file or folder is not there or cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] std::io::Error),
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("the file has {bytes} bytes")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The workbook unpacks to an abnormal size.
    #[error("the workbook unpacks to more than {MAX_UNPACKED_BYTES} bytes")]
    Bomb,
    /// An old `.xls` workbook, or one with a password.
    #[error("an old or encrypted workbook")]
    OldWorkbook,
    /// Neither XLSX nor CSV, or damaged.
    #[error("neither XLSX nor CSV, or damaged")]
    NotATable,
    /// A CSV file that is neither UTF-8 nor GB 18030.
    #[error("neither UTF-8 nor GB 18030")]
    Encoding,
    /// A folder without CSV files.
    #[error("no CSV file in the folder")]
    NoCsv,
    /// Too many rows or columns.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The workbook could not be written.
    #[error("the workbook could not be written")]
    Write(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV file could not be written.
    #[error("the CSV file could not be written")]
    WriteCsv(#[from] ::csv::Error),
}

impl Told for ImportError {
    fn key(&self) -> &'static str {
        match self {
            Self::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "import-not-found",
            Self::Io(_) | Self::Write(_) | Self::WriteCsv(_) => "import-io",
            Self::FileTooLarge { .. } => "import-file-too-large",
            Self::Bomb => "import-bomb",
            Self::OldWorkbook => "import-old-workbook",
            Self::NotATable => "import-not-a-table",
            Self::Encoding => "import-encoding",
            Self::NoCsv => "import-no-csv",
            Self::TooLarge(_) => "register-too-large",
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::FileTooLarge { bytes } => vec![("size", (bytes >> 20).to_string()), ("max", (MAX_FILE_BYTES >> 20).to_string())],
            Self::TooLarge(error) => error.args(),
            _ => Vec::new(),
        }
    }
}

/// A file that was read.
#[derive(Debug)]
pub struct Import {
    /// The cells as they stood, for the file of refused rows.
    pub sheets: Vec<RawSheet>,
    /// Rows and refusals.
    pub reading: Reading,
    /// Where files named in the register stand.
    folder: PathBuf,
}

impl Import {
    /// Whether everything in it is good.
    pub fn is_good(&self) -> bool {
        self.reading.bad.is_empty()
    }

    /// Everything that is wrong.
    pub fn bad(&self) -> &[BadCell] {
        &self.reading.bad
    }

    /// The plan images that layouts name: the layout's key and where its file should stand.
    pub fn plan_files(&self) -> Vec<(RowKey, PathBuf)> {
        let plans = self.reading.register.of(RowKind::Plan);
        plans.filter_map(|(key, value)| Some((key.clone(), self.folder.join(value.text("file")?)))).collect()
    }

    /// Writes the rows that were not taken, each with its reasons, so that they can be put right and imported again: to an
    /// `.xlsx` file, to a `.csv` file (one sheet; several follow each other and are for reading), or, without an extension,
    /// to a folder of CSV files. It holds personal data: on Unix only its owner may read it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_refused(&self, path: &Path, lang: keyturn_core::words::Lang) -> Result<(), ImportError> {
        refused::write(self, path, lang)
    }
}

/// Reads a register from an `.xlsx` file, a `.csv` file (named after its sheet), or a folder of CSV files. `known` says
/// whether a row of a key exists already.
///
/// # Errors
/// When the file cannot be looked at. A file whose cells are wrong is an `Ok` with [`Import::bad`].
pub fn import(profile: &Profile, path: &Path, known: &dyn Fn(&RowKey) -> bool) -> Result<Import, ImportError> {
    let sheets = sheets(path)?;
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let reading = register::read(profile, &sheets, known)?;
    Ok(Import { sheets, reading, folder: folder.to_owned() })
}

/// Reads sheets that are already in memory, such as an upload: an XLSX workbook, or one CSV file whose name is its sheet's.
///
/// # Errors
/// As [`import`].
pub fn import_bytes(profile: &Profile, name: &str, bytes: Vec<u8>, known: &dyn Fn(&RowKey) -> bool) -> Result<Import, ImportError> {
    let sheets = sheets_of(name, bytes)?;
    let reading = register::read(profile, &sheets, known)?;
    Ok(Import { sheets, reading, folder: PathBuf::new() })
}

/// Reads CSV texts that are part of the program, each under its sheet's name.
pub(crate) fn import_csv(profile: &Profile, sheets: &[(&str, &str)]) -> Result<Import, ImportError> {
    let sheets = sheets.iter().map(|(name, text)| csv::read(name, text.as_bytes(), MAX_ROWS)).collect::<Result<Vec<_>, _>>()?;
    let reading = register::read(profile, &sheets, &|_| false)?;
    Ok(Import { sheets, reading, folder: PathBuf::new() })
}

fn sheets(path: &Path) -> Result<Vec<RawSheet>, ImportError> {
    if !path.is_dir() {
        return sheets_of(&stem(path), read_file(path)?);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|e| e.path()).collect();
    files.retain(|f| f.is_file() && f.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")));
    files.sort();
    if files.is_empty() {
        return Err(ImportError::NoCsv);
    }
    let mut sheets = Vec::new();
    let mut left = MAX_ROWS;
    for file in files {
        let sheet = csv::read(&stem(&file), &read_file(&file)?, left)?;
        left = left.saturating_sub(sheet.rows.len());
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(ImportError::FileTooLarge { bytes });
    }
    let mut out = Vec::new();
    // A pipe or a growing file has no size to trust.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut out)?;
    Ok(out)
}

fn sheets_of(name: &str, bytes: Vec<u8>) -> Result<Vec<RawSheet>, ImportError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ImportError::FileTooLarge { bytes: bytes.len() as u64 });
    }
    match bytes.as_slice() {
        [b'P', b'K', 3 | 5, ..] => xlsx::read(bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(ImportError::OldWorkbook),
        _ => Ok(vec![csv::read(name, &bytes, MAX_ROWS)?]),
    }
}

/// Stops a file that has more rows or columns than a register can have, before it fills the memory.
fn within(rows: usize, max_rows: usize, columns: usize) -> Result<(), ImportError> {
    if rows > max_rows || columns > MAX_COLUMNS { Err(TooLarge.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
