//! One entry function for each decoder of bytes from the network or from a file. The fuzz targets in `tests/fuzz` and the tests
//! in `tests/tests/decoders.rs` call the same functions: none may panic, hang, or take memory out of proportion to its input,
//! and what is read must be written the same.

use keyturn_core::{
    evidence::{BlobStore, IntakePolicy, inspect, make_pictures, take_photo, verify::verify_reader},
    log::{
        Event,
        batch::{self, Batch, Segment},
        cert,
        fold::Aggregate,
        keys::HubPublic,
        receipt::{Receipt, open_checkpoint},
        seal,
    },
    policy::Profile,
    sync::protocol::PushAnswer,
};
use keyturn_hub::import::import_bytes;
use std::io::Cursor;

/// One event: as pushed, pulled or found in a bundle; then its body and what it does to a state.
pub fn event(bytes: &[u8]) {
    let Ok(event) = Event::decode(bytes.to_vec()) else { return };
    assert_eq!(event.bytes(), bytes, "the bytes of an event never change");
    let _ = event.body();
    let alone = Aggregate::fold(event.agg, [&event]);
    let twice = Aggregate::fold(event.agg, [&event, &event]);
    assert_eq!(alone, twice, "an event given twice counts once");
}

/// A batch as pushed.
pub fn packed_batch(bytes: &[u8]) {
    let Ok(read) = Batch::unpack(bytes) else { return };
    let _ = read.after();
    assert_eq!(Batch::unpack(&read.pack()).as_ref(), Ok(&read));
    read.events.iter().for_each(|bytes| event(bytes));
    let _ = seal::claim(&read.seal);
}

/// A batch below its compression, which random bytes would not get through.
pub fn batch(bytes: &[u8]) {
    packed_batch(&batch::pack(bytes));
}

/// A segment as pulled.
pub fn packed_segment(bytes: &[u8]) {
    let Ok(read) = Segment::unpack(bytes) else { return };
    assert_eq!(Segment::unpack(&read.pack()).as_ref(), Ok(&read));
    read.events.iter().for_each(|bytes| event(bytes));
}

/// A segment below its compression.
pub fn segment(bytes: &[u8]) {
    packed_segment(&batch::pack(bytes));
}

/// What the hub answers and what vouches: answers, receipts, checkpoints, certificates, seals.
pub fn proofs(bytes: &[u8]) {
    let hub = HubPublic([7; 32]);
    let _ = cert::open(bytes, &hub);
    let _ = seal::claim(bytes);
    let _ = seal::open(bytes, &[2; 33]);
    if let Ok(receipt) = minicbor::decode::<Receipt>(bytes) {
        let _ = receipt.check(&hub);
    }
    let _ = minicbor::decode::<PushAnswer>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = open_checkpoint(text, &hub);
    }
}

/// A bundle. Whatever it says, it says it in both languages and as JSON.
pub fn bundle(bytes: &[u8]) {
    let Ok(verdict) = verify_reader(Cursor::new(bytes), None) else { return };
    assert_eq!(verdict.ok, verdict.broken.is_none());
    let _ = verdict.told(keyturn_core::words::Lang::Zh);
    let _ = verdict.told(keyturn_core::words::Lang::En);
    assert!(serde_json::to_string(&verdict).is_ok());
}

/// The head of a photograph: what it is and what its EXIF block says.
pub fn image(bytes: &[u8]) {
    if let Ok(policy) = IntakePolicy::product_default() {
        let _ = inspect(bytes, &policy.with_position(true));
    }
}

/// A photograph taken in and made into pictures; `store` is emptied by whoever made it.
pub fn photo(bytes: &[u8], store: &BlobStore, file: &std::path::Path) {
    let Ok(policy) = IntakePolicy::product_default() else { return };
    if std::fs::write(file, bytes).is_err() {
        return;
    }
    if let Ok(facts) = take_photo(store, file, &policy) {
        let _ = make_pictures(store, &facts.sha256, &policy, None);
    }
}

/// A register as uploaded: one sheet of CSV, or a workbook.
pub fn import(bytes: &[u8]) {
    for name in ["units", "register.xlsx"] {
        if let Ok(import) = import_bytes(Profile::builtin(), name, bytes.to_vec(), &|_| false) {
            let _ = import.is_good();
        }
    }
}
