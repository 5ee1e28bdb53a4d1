//! Whether several receipts come from one tree. Each proof shows some inner hashes of the hub's Merkle tree (RFC 6962); a hash
//! over a full subtree never changes as the tree grows, so two receipts that show different hashes for the same subtree come
//! from two trees: the hub has told two stories.

use crate::model::Digest;
use std::collections::BTreeMap;
use tlog_tiles::{Hash, node_hash};

/// Full subtrees seen so far: (level, place) and hash; and the roots by size.
#[derive(Debug, Default)]
pub struct OneTree {
    nodes: BTreeMap<(u32, u64), Digest>,
    roots: BTreeMap<u64, Digest>,
}

impl OneTree {
    /// Notes a signed head. `false` when another root was seen for the same size.
    pub fn head(&mut self, size: u64, root: Digest) -> bool {
        *self.roots.entry(size).or_insert(root) == root
    }

    /// Notes the subtrees that a checked proof of `leaf` at `index` in a tree of `size` shows. `false` on a contradiction.
    pub fn proof(&mut self, size: u64, index: u64, leaf: Digest, proof: &[Digest]) -> bool {
        if index >= size {
            return false;
        }
        // RFC 9162, 2.1.3.2; beside the running hash, which subtree it stands for.
        let (mut at, mut last, mut level) = (index, size - 1, 0u32);
        let mut running = Hash(leaf.0);
        let mut one = self.node(size, level, at, Digest(running.0));
        for sibling in proof {
            if last == 0 {
                return false;
            }
            if at % 2 == 1 || at == last {
                // The right edge is lifted to where it has a left neighbour.
                while at % 2 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                    level += 1;
                }
                one &= at == 0 || self.node(size, level, at - 1, *sibling);
                running = node_hash(Hash(sibling.0), running);
            } else {
                one &= self.node(size, level, at + 1, *sibling);
                running = node_hash(running, Hash(sibling.0));
            }
            at >>= 1;
            last >>= 1;
            level += 1;
            one &= self.node(size, level, at, Digest(running.0));
        }
        one
    }

    fn node(&mut self, size: u64, level: u32, at: u64, hash: Digest) -> bool {
        let full = at.checked_add(1).and_then(|n| n.checked_mul(1u64.checked_shl(level)?)).is_some_and(|end| end <= size);
        !full || *self.nodes.entry((level, at)).or_insert(hash) == hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog_tiles::{HashReader, prove_record, record_hash, stored_hashes, tree_hash};

    struct Stored(Vec<Hash>);
    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|i| self.0[*i as usize]).collect())
        }
    }

    fn tree(leaves: &[u32]) -> Stored {
        let mut stored = Stored(Vec::new());
        for (n, leaf) in leaves.iter().enumerate() {
            let hashes = stored_hashes(n as u64, &leaf.to_be_bytes(), &stored).unwrap();
            stored.0.extend(hashes);
        }
        stored
    }

    fn note(seen: &mut OneTree, leaves: &[u32], stored: &Stored, size: u64, index: u64) -> bool {
        let proof: Vec<Digest> = prove_record(size, index, stored).unwrap().iter().map(|h| Digest(h.0)).collect();
        let leaf = Digest(record_hash(&leaves[index as usize].to_be_bytes()).0);
        seen.head(size, Digest(tree_hash(size, stored).unwrap().0)) && seen.proof(size, index, leaf, &proof)
    }

    #[test]
    fn one_growing_tree_agrees_with_itself_and_a_second_story_is_seen() {
        let leaves: Vec<u32> = (0..40).collect();
        let stored = tree(&leaves);
        let mut seen = OneTree::default();
        for size in 1..=40 {
            for index in 0..size {
                assert!(note(&mut seen, &leaves, &stored, size, index), "size {size} index {index}");
            }
        }
        // Another tree in which only leaf 5 differs: any proof in it shows the difference.
        let mut other = leaves.clone();
        other[5] = 99;
        let forged = tree(&other);
        for (size, index) in [(40, 5), (40, 7), (33, 4), (16, 9), (7, 5)] {
            assert!(!note(&mut seen, &other, &forged, size, index), "size {size} index {index}");
        }
        // Also when no size was seen twice.
        let mut seen = OneTree::default();
        assert!(note(&mut seen, &leaves, &stored, 24, 4));
        assert!(!note(&mut seen, &other, &forged, 31, 20));
    }
}
