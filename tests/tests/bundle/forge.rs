//! How far a tamperer goes to hide what was done.

use crate::world::{Entries, Rng, World, certify, zip_of};
use keyturn_core::{
    evidence::bundle_manifest::{EntryRow, Manifest, check_files, seal_manifest},
    log::{
        cert,
        keys::{HubKey, SoftwareKey},
    },
    model::Digest,
};

/// Skill and keys of the tamperer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Skill {
    /// Mends the zip's checksums.
    Zip,
    /// Mends the list of contents too, but not its seal.
    List,
    /// Seals the list anew with a key of their own, in the exporter's name.
    OwnSeal,
    /// And brings a certificate for that key, which no hub of this project gave.
    OwnCertificate,
}

pub const SKILLS: [Skill; 4] = [Skill::Zip, Skill::List, Skill::OwnSeal, Skill::OwnCertificate];

fn outside(name: &str) -> bool {
    name.starts_with("check/") || name.starts_with("manifest.")
}

/// Lists the entries as they now are.
fn relist(manifest: &mut Manifest, entries: &Entries) {
    let row = |(name, bytes): (&String, &Vec<u8>)| EntryRow { name: name.clone(), bytes: bytes.len() as u64, sha256: Digest::of(bytes) };
    manifest.entries = entries.iter().filter(|(name, _)| !outside(name)).map(row).collect();
}

/// Seals the list with `key` and makes the files for checking by hand again.
pub fn reseal(manifest: &Manifest, entries: &mut Entries, key: &SoftwareKey, certificate: &[u8], hub: &HubKey) {
    let encoded = minicbor::to_vec(manifest).unwrap();
    let seal = seal_manifest(&encoded, manifest.exporter, manifest.made, key).unwrap();
    let opened = cert::open(certificate, &hub.public()).unwrap();
    for (name, bytes) in check_files(manifest, &seal, certificate, &opened).unwrap() {
        entries.insert(name, bytes);
    }
    entries.insert("manifest.cbor".into(), encoded);
    entries.insert("manifest.cose".into(), seal);
}

/// Hides a change with this skill and gives the file.
pub fn hide(mut entries: Entries, skill: Skill, world: &World, rng: &mut Rng) -> Vec<u8> {
    let manifest: Option<Manifest> = entries.get("manifest.cbor").and_then(|bytes| minicbor::decode(bytes).ok());
    let (Some(mut manifest), true) = (manifest, skill != Skill::Zip) else { return zip_of(&entries) };
    let (key, own_hub) = (rng.key(), HubKey::from_secret(rng.bytes()));
    let own = certify(&own_hub, world.project, manifest.exporter, &key, rng.id(), "hub");
    if skill == Skill::OwnCertificate {
        entries.insert(format!("certificates/{}/0001.cose", manifest.exporter), own.clone());
    }
    relist(&mut manifest, &entries);
    match skill {
        Skill::Zip | Skill::List => {
            entries.insert("manifest.cbor".into(), minicbor::to_vec(&manifest).unwrap());
        }
        Skill::OwnSeal => reseal(&manifest, &mut entries, &key, &world.devices[world.exporter].certificate, &world.hub),
        Skill::OwnCertificate => reseal(&manifest, &mut entries, &key, &own, &own_hub),
    }
    zip_of(&entries)
}

/// A change by the exporter, who can seal the list again: found by the records themselves.
pub fn hide_as_exporter(mut entries: Entries, world: &World) -> Vec<u8> {
    let mut manifest: Manifest = minicbor::decode(&entries["manifest.cbor"]).unwrap();
    relist(&mut manifest, &entries);
    let device = &world.devices[world.exporter];
    reseal(&manifest, &mut entries, &device.key, &device.certificate, &world.hub);
    zip_of(&entries)
}
