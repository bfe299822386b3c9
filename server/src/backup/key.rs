//! The key of backups, written so that a person can copy it by hand: 14 groups of
//! four capitals and digits, the last of which show a slip of the pen.

use std::{fmt, str::FromStr, sync::LazyLock};

use data_encoding::{Encoding, Specification};
use shared::digest::Digest;

/// Bytes that show a slip of the pen.
const CHECK_BYTES: usize = 3;
const GROUP: usize = 4;

/// Crockford's base 32, read with its usual slips: small letters, an O for a nought,
/// an I or an L for a one, groups parted or not.
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut letters = Specification::new();
    letters.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    letters
        .translate
        .from
        .push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    letters
        .translate
        .to
        .push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    letters.ignore.push_str("- \r\n\t");
    letters.encoding().expect("the alphabet has 32 symbols")
});

/// The key of backups.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupKey([u8; 32]);

impl BackupKey {
    /// The key of these bytes, drawn at random.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as it is written down.
    pub fn text(&self) -> String {
        let mut bytes = self.0.to_vec();
        bytes.extend(check(&self.0));
        let letters = LETTERS.encode(&bytes);
        let groups: Vec<&str> = (0..letters.len())
            .step_by(GROUP)
            .filter_map(|at| letters.get(at..at + GROUP))
            .collect();
        groups.join("-")
    }
}

impl fmt::Debug for BackupKey {
    // Never printed by chance.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupKey")
    }
}

fn check(key: &[u8; 32]) -> [u8; CHECK_BYTES] {
    let digest = Digest::of_parts(&[b"tablet-library backup key", key]);
    let [a, b, c, ..] = *digest.as_bytes();
    [a, b, c]
}

/// The text is no backup key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no backup key: a character is wrong or missing")]
pub struct NotABackupKey;

impl FromStr for BackupKey {
    type Err = NotABackupKey;

    fn from_str(text: &str) -> Result<Self, NotABackupKey> {
        let bytes = LETTERS.decode(text.as_bytes()).map_err(|_| NotABackupKey)?;
        let (key, its_check) = bytes.split_first_chunk::<32>().ok_or(NotABackupKey)?;
        (its_check == check(key))
            .then_some(Self(*key))
            .ok_or(NotABackupKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> BackupKey {
        let mut bytes = [0; 32];
        for (at, byte) in (0_u8..).zip(&mut bytes) {
            *byte = at.wrapping_mul(37).wrapping_add(11);
        }
        BackupKey::from_bytes(bytes)
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_as_people_copy_it() {
        let text = key().text();
        assert_eq!((text.len(), text.split('-').count()), (69, 14));
        let small = text.to_lowercase().replace('-', " ");
        let slips = text.replace('0', "o").replace('1', "l").replace('-', "");
        for copied in [text.clone(), small, slips, format!("{text}\n")] {
            assert_eq!(copied.parse(), Ok(key()), "{copied}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_shows_at_every_place() {
        let text = key().text();
        for at in 0..text.len() {
            let mut letters: Vec<char> = text.chars().collect();
            if letters[at] == '-' {
                continue;
            }
            letters[at] = if letters[at] == 'X' { 'Y' } else { 'X' };
            let slip: String = letters.iter().collect();
            assert_eq!(slip.parse::<BackupKey>(), Err(NotABackupKey), "{slip}");
        }
        assert_eq!("".parse::<BackupKey>(), Err(NotABackupKey));
        let cut = &text[..text.len() - 5];
        assert_eq!(cut.parse::<BackupKey>(), Err(NotABackupKey));
    }
}
