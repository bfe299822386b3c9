//! Sealing and opening, a piece at a time, so that a backup may be larger than the
//! memory.

use std::io::{BufRead, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32, aead::Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use shared::digest::Digest;

use super::{BackupError, BackupKey, Header};

/// Bytes of a piece before it is sealed.
const PIECE_BYTES: usize = 64 * 1024;
/// What a seal adds to it.
const SEAL_BYTES: usize = 16;

/// Seals all that `from` gives, behind this header.
pub fn seal(
    header: &Header,
    key: &BackupKey,
    from: &mut impl Read,
    to: &mut impl Write,
) -> Result<(), BackupError> {
    let aad = header.write(to)?;
    let mut sealer = EncryptorBE32::from_aead(cipher(key), &header.nonce()?.into());
    let mut piece = next_piece(from, PIECE_BYTES)?;
    for nth in 1.. {
        let following = next_piece(from, PIECE_BYTES)?;
        let payload = Payload {
            msg: &piece,
            aad: aad.as_bytes(),
        };
        // Refused only after 2^32 pieces, which no disk holds.
        let too_long = |_| BackupError::Damaged { piece: nth };
        if following.is_empty() {
            to.write_all(&sealer.encrypt_last(payload).map_err(too_long)?)?;
            break;
        }
        to.write_all(&sealer.encrypt_next(payload).map_err(too_long)?)?;
        piece = following;
    }
    Ok(())
}

/// A backup whose first lines were read. Nothing of them is believed until the rest
/// was opened with the right key.
#[derive(Debug)]
pub struct Backup<R> {
    /// What it says it is of.
    pub header: Header,
    aad: Digest,
    rest: R,
}

impl<R: BufRead> Backup<R> {
    /// Reads the first lines.
    pub fn begin(mut from: R) -> Result<Self, BackupError> {
        let (header, aad) = Header::read(&mut from)?;
        Ok(Self {
            header,
            aad,
            rest: from,
        })
    }

    /// Opens the rest and writes what was sealed. Where this fails, nothing that was
    /// written is to be used.
    pub fn open(mut self, key: &BackupKey, to: &mut impl Write) -> Result<Header, BackupError> {
        let nonce = self.header.nonce()?;
        let mut opener = DecryptorBE32::from_aead(cipher(key), &nonce.into());
        let mut piece = next_piece(&mut self.rest, PIECE_BYTES + SEAL_BYTES)?;
        for nth in 1.. {
            let following = next_piece(&mut self.rest, PIECE_BYTES + SEAL_BYTES)?;
            let payload = Payload {
                msg: &piece,
                aad: self.aad.as_bytes(),
            };
            let damaged = |_| BackupError::Damaged { piece: nth };
            if following.is_empty() {
                to.write_all(&opener.decrypt_last(payload).map_err(damaged)?)?;
                break;
            }
            to.write_all(&opener.decrypt_next(payload).map_err(damaged)?)?;
            piece = following;
        }
        Ok(self.header)
    }
}

fn cipher(key: &BackupKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.as_bytes()).into())
}

/// So many bytes; fewer at the end, none behind it.
fn next_piece(from: &mut impl Read, bytes: usize) -> Result<Vec<u8>, BackupError> {
    let mut piece = Vec::with_capacity(bytes);
    let most = u64::try_from(bytes).expect("a piece's length");
    from.by_ref().take(most).read_to_end(&mut piece)?;
    Ok(piece)
}
