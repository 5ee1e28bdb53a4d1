//! Receipts: the hub's signed checkpoint (C2SP tlog-checkpoint) over a Merkle tree (RFC 6962) of everything it received,
//! with the proof that one leaf is in it.

use super::{
    chain::Chain,
    keys::{HubKey, HubPublic},
};
use crate::model::{Digest, Id, UtcMs};
use minicbor::{Decode, Encode};
use signed_note::{Note, Signature, Verifier, VerifierList, key_id};
use tlog_tiles::{Checkpoint, Hash, check_record, record_hash};

const ALG_ED25519: u8 = 1;

/// What the hub received.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Leaf {
    /// A device's chain up to here.
    #[n(0)]
    Chain {
        /// The device.
        #[n(0)]
        device: Id,
        /// The chain after the last event received; it covers all before.
        #[n(1)]
        chain: Chain,
        /// When, by the hub's clock.
        #[n(2)]
        received: UtcMs,
    },
    /// A file.
    #[n(1)]
    Blob {
        /// Its SHA-256, of what the hub read back from its disk.
        #[n(0)]
        sha256: Digest,
        /// Its size.
        #[n(1)]
        bytes: u64,
        /// When, by the hub's clock.
        #[n(2)]
        received: UtcMs,
    },
}

impl Leaf {
    /// The leaf's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// The leaf's Merkle hash.
    pub fn hash(&self) -> Hash {
        record_hash(&self.bytes())
    }
}

/// The hub's answer to a push or an upload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// What was received.
    #[n(0)]
    pub leaf: Leaf,
    /// Its place in the tree.
    #[n(1)]
    pub index: u64,
    /// The hashes that lead to the root.
    #[n(2)]
    pub proof: Vec<Digest>,
    /// The signed note.
    #[n(3)]
    pub checkpoint: String,
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// The root.
    pub root: Digest,
}

/// The receipt does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// No signed checkpoint.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// Not signed by this hub.
    #[error("the checkpoint is not signed by this hub")]
    Signature,
    /// The leaf is not in the tree.
    #[error("the leaf is not in the hub's tree")]
    NotInTree,
}

/// The name under which a hub signs: it follows from its key.
pub fn origin(hub: &HubPublic) -> String {
    format!("keyturn-hub/{}", &hub.fingerprint().to_string()[..16])
}

fn note_key(hub: &HubPublic) -> Vec<u8> {
    [&[ALG_ED25519], hub.0.as_slice()].concat()
}

struct HubVerifier {
    name: String,
    id: u32,
    hub: HubPublic,
}

impl Verifier for HubVerifier {
    fn name(&self) -> &str {
        &self.name
    }
    fn key_id(&self) -> u32 {
        self.id
    }
    fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
        self.hub.verify(msg, sig)
    }
}

/// Signs the head of the hub's tree.
///
/// # Errors
/// Never with a key of a hub; the type says what the format can refuse.
pub fn sign_checkpoint(key: &HubKey, size: u64, root: Hash) -> Result<String, BadReceipt> {
    let hub = key.public();
    let name = origin(&hub);
    let text = Checkpoint::new(&name, size, root, "").map_err(|_| BadReceipt::Malformed)?.to_bytes();
    let signature = Signature::new(name.clone(), key_id(&name, &note_key(&hub)), key.sign(&text).to_vec()).map_err(|_| BadReceipt::Malformed)?;
    let note = Note::new(&text, &[signature]).map_err(|_| BadReceipt::Malformed)?;
    String::from_utf8(note.to_bytes()).map_err(|_| BadReceipt::Malformed)
}

/// Checks a checkpoint's signature and reads it.
///
/// # Errors
/// When it is malformed or not of this hub.
pub fn open_checkpoint(checkpoint: &str, hub: &HubPublic) -> Result<TreeHead, BadReceipt> {
    let note = Note::from_bytes(checkpoint.as_bytes()).map_err(|_| BadReceipt::Malformed)?;
    let name = origin(hub);
    let verifier = HubVerifier { id: key_id(&name, &note_key(hub)), name: name.clone(), hub: *hub };
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|_| BadReceipt::Signature)?;
    let head = Checkpoint::from_bytes(note.text()).map_err(|_| BadReceipt::Malformed)?;
    if head.origin() != name {
        return Err(BadReceipt::Signature);
    }
    Ok(TreeHead { size: head.size(), root: Digest(head.hash().0) })
}

impl Receipt {
    /// Checks that the leaf is in the tree that this hub signed.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, hub: &HubPublic) -> Result<TreeHead, BadReceipt> {
        let head = open_checkpoint(&self.checkpoint, hub)?;
        let proof: Vec<Hash> = self.proof.iter().map(|d| Hash(d.0)).collect();
        check_record(&proof, head.size, Hash(head.root.0), self.index, self.leaf.hash()).map_err(|_| BadReceipt::NotInTree)?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog_tiles::{HashReader, prove_record, stored_hash_index, stored_hashes, tree_hash};

    struct Stored(Vec<Hash>);
    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|i| self.0[*i as usize]).collect())
        }
    }

    #[test]
    fn a_receipt_holds_for_its_hub_and_leaf_only() {
        let key = HubKey::generate();
        let leaf = |n: u8| Leaf::Blob { sha256: Digest::of(&[n]), bytes: u64::from(n), received: UtcMs(5) };
        let mut stored = Stored(Vec::new());
        for n in 0..9u8 {
            let hashes = stored_hashes(u64::from(n), &leaf(n).bytes(), &stored).unwrap();
            assert_eq!(stored_hash_index(0, u64::from(n)), stored.0.len() as u64);
            stored.0.extend(hashes);
        }
        let root = tree_hash(9, &stored).unwrap();
        let checkpoint = sign_checkpoint(&key, 9, root).unwrap();
        let proof = prove_record(9, 4, &stored).unwrap().iter().map(|h| Digest(h.0)).collect();
        let receipt = Receipt { leaf: leaf(4), index: 4, proof, checkpoint };
        assert_eq!(receipt.check(&key.public()).map(|h| h.size), Ok(9));
        assert_eq!(receipt.check(&HubKey::generate().public()), Err(BadReceipt::Signature));
        let mut other = receipt.clone();
        other.leaf = leaf(5);
        assert_eq!(other.check(&key.public()), Err(BadReceipt::NotInTree));
        let mut bent = receipt;
        bent.checkpoint = bent.checkpoint.replace("\n9\n", "\n8\n");
        assert_eq!(bent.check(&key.public()), Err(BadReceipt::Signature));
    }
}
