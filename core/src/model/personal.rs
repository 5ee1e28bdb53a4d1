//! Personal data never stands open in an event (promise 9): a field is encrypted with its person's key (XChaCha20-Poly1305),
//! the event's hash covers the ciphertext, and destroying the key erases the person everywhere without breaking a chain.

use super::{Id, id::fill_random};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use minicbor::{Decode, Encode};

/// The key of one person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey(pub [u8; 32]);

impl std::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

/// An encrypted field: whose it is, and nonce with ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sealed {
    /// Whose key opens it.
    #[n(0)]
    pub person: Id,
    /// 24 bytes of nonce, then the ciphertext.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub boxed: Vec<u8>,
}

const NONCE_BYTES: usize = 24;

impl PersonKey {
    /// A new key.
    pub fn generate() -> Self {
        let mut key = [0; 32];
        fill_random(&mut key);
        Self(key)
    }

    /// Encrypts `plain` for `person`. Nonces are random, so no counter is kept.
    pub fn seal(&self, person: Id, plain: &[u8]) -> Sealed {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce);
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        // Encryption fails only for messages of more than 256 GB.
        let text = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &person.0 }).unwrap_or_default();
        let mut boxed = nonce.to_vec();
        boxed.extend_from_slice(&text);
        Sealed { person, boxed }
    }

    /// Decrypts; `None` when this is not the key or the bytes were changed.
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.boxed.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: &sealed.person.0 }).ok()
    }

    /// Decrypts a text.
    pub fn open_text(&self, sealed: &Sealed) -> Option<String> {
        String::from_utf8(self.open(sealed)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_persons_own_key_opens_a_field() {
        let (key, person) = (PersonKey::generate(), Id::random(0));
        let sealed = key.seal(person, "陈静怡".as_bytes());
        assert_eq!(key.open_text(&sealed).as_deref(), Some("陈静怡"));
        assert_eq!(PersonKey::generate().open(&sealed), None);
        let mut moved = sealed.clone();
        moved.person = Id::random(1);
        assert_eq!(key.open(&moved), None, "a field cannot be moved to another person");
    }
}
