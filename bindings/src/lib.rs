//! The facade for shells (Kotlin, Swift): one object, [`FieldStore`], thin records, few kinds of error. No rule and no storage of its own.
//!
//! Every mutation is one synchronous call that has committed when it returns; queries are paged; photos cross by path. Only sync runs beside
//! the caller: [`FieldStore::sync`] returns a [`SyncTask`] that can be cancelled and watched.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![allow(unsafe_code, reason = "the functions that UniFFI generates cross the C interface; nothing is written unsafe here")]

mod enrol;
mod error;
mod foreign;
mod handover;
mod papers;
mod people;
mod repair;
mod sign;
mod snag;
mod store;
mod sync;
mod today;
mod types;
mod unit;
mod uploads;
mod words;

pub use enrol::{DeviceView, InviteKind, InviteView, NoticeView, read_invite};
pub use error::{CallbackError, ErrorKind, KeyturnError};
pub use foreign::{DeviceClock, DeviceKey, FreeSpace, KeyPlace, Network, NetworkState, SecureStorage, Surroundings, SyncObserver};
pub use handover::{HandoverView, NewParticipant, ParticipantView, QuestionView, SignatureView, TallyView};
pub use papers::{DocumentView, PaperView, has_documents};
pub use people::{ContractorView, PersonChoice};
pub use repair::{DoneRequest, OrderView};
pub use sign::{FrozenView, SignRequest, SignerView};
pub use snag::{ClockView, HoldView, NewSnag, NoPhotoView, PhotoView, PlanRoomView, RepeatView, SnagEdit, SnagPage, SnagView, WarrantyView};
pub use store::{FieldStore, set_store_aside};
pub use sync::{ConflictView, NextSyncView, PhotoStateView, StandingView, StatusView, SyncDoneView, SyncOptions, SyncStep, SyncTask, SyncTaskState, ValueView};
pub use today::JobView;
pub use types::{NamedView, Words};
pub use unit::{LineRequest, LineView, MeasureView, RoomView, UnitPage, UnitRow, UnitView};
pub use uploads::{HandoffView, HandoffsView};
pub use words::{core_version, word, words};

uniffi::setup_scaffolding!();
