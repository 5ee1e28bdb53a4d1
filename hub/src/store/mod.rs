//! What the hub keeps: events and everything that follows from them ([`EventStore`]), and files ([`FileStore`]).
//!
//! A store knows nothing of the domain. All that belongs together is written by one [`EventStore::commit`], so that a change is there as a
//! whole or not at all; the hub has one writer, which numbers events in the order in which it commits them.

pub mod files;
pub mod memory;
pub mod sql;

use futures_util::future::BoxFuture;
use keyturn_core::{
    log::Chain,
    model::{Digest, Id, UtcMs, body::AggKind},
};
use minicbor::{Decode, Encode};

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("the database: {0}")]
    Database(String),
    /// The disk said no.
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another writer committed first: the number of an event was taken.
    #[error("another writer was first")]
    Moved,
    /// What was read is not what was written.
    #[error("what is stored is damaged: {0}")]
    Damaged(&'static str),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        if text.contains("database or disk is full") {
            Self::Full
        } else if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
            Self::Moved
        } else {
            Self::Database(text)
        }
    }
}

/// What a store answers, in its own time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// How far the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last number given in hub order.
    pub hub_seq: u64,
    /// Leaves in the tree of what was received.
    pub leaves: u64,
}

/// An event as the hub holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its number in hub order.
    pub hub_seq: u64,
    /// The device that made it.
    pub device: Id,
    /// Its number in that device's chain.
    pub seq: u64,
    /// The thing it belongs to.
    pub agg: Id,
    /// Its kind.
    pub kind: String,
    /// Kept, but left out of the state.
    pub refused: bool,
    /// When it arrived, by the hub's clock.
    pub received: UtcMs,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An event as another device gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OthersEvent {
    /// Its number in hub order.
    pub hub_seq: u64,
    /// The thing it belongs to.
    pub agg: Id,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a device did not make itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForDevice {
    /// In hub order.
    pub events: Vec<OthersEvent>,
    /// More follow.
    pub more: bool,
}

/// The folded state of a thing, and what lists are sorted and filtered by. A cache of the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// The thing.
    pub id: Id,
    /// What it is.
    pub kind: Option<AggKind>,
    /// The unit it belongs to.
    pub unit: Option<Id>,
    /// Its phase's name.
    pub phase: String,
    /// Fields with a conflict that nobody has settled.
    pub conflicts: u32,
    /// Acts that did not fit.
    pub unfit: u32,
    /// Refused events.
    pub refused: u32,
    /// The number in hub order of the last event.
    pub changed: u64,
    /// The [`keyturn_core::log::fold::Aggregate`] as CBOR.
    pub state: Vec<u8>,
}

/// What may be asked of states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateQuery {
    /// Of this kind.
    pub kind: Option<AggKind>,
    /// Of this unit.
    pub unit: Option<Id>,
    /// With conflicts or acts that did not fit.
    pub to_review: bool,
    /// With refused events.
    pub refused: bool,
}

/// What one thing has to do with another, from one number in hub order to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LinkKind {
    /// Unit to a thing that belongs to it.
    Unit = 0,
    /// Contractor to a snag ordered from it.
    Order = 1,
    /// Contractor to a snag ordered from it and not confirmed yet.
    OpenOrder = 2,
    /// Unit to an owner.
    Owner = 3,
    /// Unit or snag to a plan.
    Plan = 4,
    /// Unit to its building, building to its community.
    Within = 5,
    /// Handover to somebody who takes part.
    Participant = 6,
    /// Thing to a file.
    Blob = 7,
    /// The project to what every project member may see.
    General = 8,
    /// The project to a published profile, which every device gets.
    Policy = 9,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 10] =
        [Self::Policy, Self::Unit, Self::Order, Self::OpenOrder, Self::Owner, Self::Plan, Self::Within, Self::Participant, Self::Blob, Self::General];
}

/// A link: its kind and both ends (an id of 16 bytes or a digest of 32).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// What kind.
    pub kind: LinkKind,
    /// From.
    pub from: Vec<u8>,
    /// To.
    pub to: Vec<u8>,
}

/// A person's key at the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The person.
    pub person: Id,
    /// The key; none when it was destroyed.
    pub key: Option<Vec<u8>>,
    /// The number in hub order of its last change.
    pub changed: u64,
}

/// A file that is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRow {
    /// Its SHA-256, read back from the disk.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its leaf in the tree.
    pub leaf: u64,
}

/// An upload that has begun, or is finished and waits for its answer to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// Whose.
    pub device: Id,
    /// The SHA-256 of what is sent, which is also its name.
    pub sha256: Digest,
    /// How long it is to become.
    pub bytes: u64,
    /// `batch`, `small` or `original`.
    pub kind: String,
    /// For a small picture: its original.
    pub photo: Option<Digest>,
    /// When it is thrown away.
    pub expires: UtcMs,
    /// The answer, once finished.
    pub answer: Option<Vec<u8>>,
}

/// A seal: the device's chain up to here was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRow {
    /// The device.
    pub device: Id,
    /// How many events it covers.
    pub seq: u64,
    /// The COSE_Sign1 bytes.
    pub seal: Vec<u8>,
}

/// A device as the hub knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceRow {
    /// The device.
    #[n(0)]
    pub id: Id,
    /// Its certificate (COSE_Sign1).
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// A name people know it by.
    #[n(2)]
    pub name: String,
    /// Its platform.
    #[n(3)]
    pub platform: String,
    /// Its chain as the hub holds it.
    #[n(4)]
    pub chain: Chain,
    /// The leaf of its last receipt.
    #[n(5)]
    pub leaf: Option<u64>,
    /// Revoked, since when.
    #[n(6)]
    pub revoked: Option<UtcMs>,
    /// The last session.
    #[n(7)]
    pub last_contact: Option<UtcMs>,
    /// Its own clock minus the hub's, at the last session, in milliseconds.
    #[n(8)]
    pub offset_ms: Option<i64>,
    /// Records it said it had not sent.
    #[n(9)]
    pub unsent_records: u64,
    /// Photos it said were not safe yet.
    #[n(10)]
    pub unsent_photos: u64,
    /// The version of its app.
    #[n(11)]
    pub version: String,
    /// Events up to this number were made while its corrected time was wrong …
    #[n(12)]
    pub wrong_until: u64,
    /// … by so many milliseconds.
    #[n(13)]
    pub wrong_ms: i64,
    /// It is a chain of the hub itself.
    #[n(14)]
    pub hub: bool,
}

/// The office's own small records, each a value under a kind and a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is, such as `invite`.
    pub kind: &'static str,
    /// Its key.
    pub key: Vec<u8>,
    /// Its value; none deletes it.
    pub value: Option<Vec<u8>>,
}

/// All that one commit writes.
#[derive(Debug, Default)]
pub struct Commit {
    /// The last number given after this commit; the store refuses if it is not ahead of the present one as [`Self::after`] says.
    pub hub_seq: u64,
    /// The last number given before: what the writer saw.
    pub after: u64,
    /// New events, ascending.
    pub events: Vec<EventRow>,
    /// States that changed.
    pub states: Vec<StateRow>,
    /// Links that begin.
    pub begin: Vec<Link>,
    /// Links that end.
    pub end: Vec<Link>,
    /// Keys that were given or destroyed.
    pub keys: Vec<KeyRow>,
    /// New leaves: place and bytes.
    pub leaves: Vec<(u64, Vec<u8>)>,
    /// Of the new leaves those that receipt a device's chain: device and place.
    pub chain_leaves: Vec<(Id, u64)>,
    /// New stored hashes of the tree: place and hash.
    pub hashes: Vec<(u64, [u8; 32])>,
    /// Files that became safe.
    pub blobs: Vec<BlobRow>,
    /// Uploads begun or finished.
    pub uploads: Vec<UploadRow>,
    /// Uploads given up.
    pub dropped: Vec<(Id, Digest)>,
    /// Seals.
    pub seals: Vec<SealRow>,
    /// Devices that changed.
    pub devices: Vec<DeviceRow>,
    /// Records that changed.
    pub records: Vec<Record>,
}

/// Events, states, tree, devices, keys: everything but the bytes of files.
pub trait EventStore: Send + Sync {
    /// How far the store is.
    fn head(&self) -> Answer<'_, Head>;
    /// Writes all of it, durably, or nothing. Fails with [`StoreError::Moved`] when `after` is not the present head.
    fn commit(&self, commit: Commit) -> Answer<'_, ()>;
    /// The states of these things; those not known are left out.
    fn states(&self, ids: Vec<Id>) -> Answer<'_, Vec<StateRow>>;
    /// The states that meet the query, by id.
    fn list(&self, query: StateQuery) -> Answer<'_, Vec<StateRow>>;
    /// All events of these things up to `until`, in hub order.
    fn events_of(&self, aggs: Vec<Id>, until: u64) -> Answer<'_, Vec<EventRow>>;
    /// Events after `after`, in hub order, until their bytes reach `max_bytes` (at least one, if there is one).
    fn events_after(&self, after: u64, max_bytes: usize) -> Answer<'_, Vec<EventRow>>;
    /// What others than `device` made after `after`, in hub order, until their bytes reach `max_bytes` (at least one, if there is one).
    fn events_for(&self, device: Id, after: u64, max_bytes: usize) -> Answer<'_, ForDevice>;
    /// The events of one device's chain from `first` to `last`.
    fn events_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>>;
    /// The refused events of one device's chain from `first` to `last`.
    fn refused_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>>;
    /// The refused events, newest first.
    fn refused(&self, limit: u32) -> Answer<'_, Vec<EventRow>>;
    /// Where links of `kind` from these lead, as it was when the hub's number was `at`.
    fn links(&self, kind: LinkKind, from: Vec<Vec<u8>>, at: u64) -> Answer<'_, Vec<Vec<u8>>>;
    /// From where links of `kind` lead here now.
    fn linked_from(&self, kind: LinkKind, to: Vec<u8>) -> Answer<'_, Vec<Vec<u8>>>;
    /// The keys of these persons.
    fn keys(&self, persons: Vec<Id>) -> Answer<'_, Vec<KeyRow>>;
    /// Keys that changed after `after` up to `until`.
    fn keys_between(&self, after: u64, until: u64) -> Answer<'_, Vec<KeyRow>>;
    /// Stored hashes of the tree; those not known are left out.
    fn hashes(&self, places: Vec<u64>) -> Answer<'_, Vec<(u64, [u8; 32])>>;
    /// The places of the leaves that receipt these devices' chains, ascending.
    fn chain_leaves(&self, devices: Vec<Id>) -> Answer<'_, Vec<u64>>;
    /// A leaf's bytes.
    fn leaf(&self, place: u64) -> Answer<'_, Option<Vec<u8>>>;
    /// A file that is safe.
    fn blob(&self, sha256: Digest) -> Answer<'_, Option<BlobRow>>;
    /// An upload.
    fn upload(&self, device: Id, sha256: Digest) -> Answer<'_, Option<UploadRow>>;
    /// How many uploads of a device wait for more bytes.
    fn open_uploads(&self, device: Id) -> Answer<'_, u64>;
    /// Uploads that ran out before `now`.
    fn expired_uploads(&self, now: UtcMs) -> Answer<'_, Vec<UploadRow>>;
    /// The seals of a device that cover `seq` or more, shortest first.
    fn seals(&self, device: Id, seq: u64) -> Answer<'_, Vec<SealRow>>;
    /// A device.
    fn device(&self, id: Id) -> Answer<'_, Option<DeviceRow>>;
    /// All devices and chains of the hub itself.
    fn devices(&self) -> Answer<'_, Vec<DeviceRow>>;
    /// A record.
    fn record(&self, kind: &'static str, key: Vec<u8>) -> Answer<'_, Option<Vec<u8>>>;
    /// All records of a kind: key and value.
    fn records(&self, kind: &'static str) -> Answer<'_, Vec<(Vec<u8>, Vec<u8>)>>;
}

/// Names an upload in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UploadName {
    /// Whose.
    pub device: Id,
    /// Of what.
    pub sha256: Digest,
}

/// Takes the bytes of one request into an upload. What was written stays when it is dropped.
pub trait Part: Send {
    /// Adds bytes at the end.
    fn write(&mut self, bytes: bytes::Bytes) -> Answer<'_, ()>;
    /// Makes what was written durable; how long the upload is now.
    fn keep(self: Box<Self>) -> Answer<'static, u64>;
    /// Takes back what this part wrote.
    fn undo(self: Box<Self>) -> Answer<'static, ()>;
}

/// The bytes of files, and uploads on their way to become files.
pub trait FileStore: Send + Sync {
    /// How long the upload is; 0 when there is none.
    fn length(&self, upload: UploadName) -> Answer<'_, u64>;
    /// Goes on with an upload, or begins it.
    fn append(&self, upload: UploadName) -> Answer<'_, Box<dyn Part>>;
    /// Reads the upload back from where it is stored, and if its SHA-256 is its name makes it a file, durably. Its size; `None` when the
    /// bytes are others: then the upload is gone.
    fn finish(&self, upload: UploadName) -> Answer<'_, Option<u64>>;
    /// Reads the whole upload.
    fn read_upload(&self, upload: UploadName) -> Answer<'_, Vec<u8>>;
    /// Throws an upload away.
    fn discard(&self, upload: UploadName) -> Answer<'_, ()>;
    /// Stores a whole file durably and reads it back; its SHA-256 and size as read.
    fn put(&self, bytes: bytes::Bytes) -> Answer<'_, (Digest, u64)>;
    /// Reads `length` bytes from `at`; shorter at the end; `None` when there is no such file.
    fn read(&self, sha256: Digest, at: u64, length: usize) -> Answer<'_, Option<bytes::Bytes>>;
    /// The size of a file.
    fn size(&self, sha256: Digest) -> Answer<'_, Option<u64>>;
    /// Where the file lies, when this store is a folder that is not encrypted; others answer `None`.
    fn path(&self, sha256: Digest) -> Option<std::path::PathBuf>;
}
