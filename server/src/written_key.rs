//! A key that a person copies by hand: 14 groups of four capitals and digits, the last
//! of which show a slip of the pen, and a key of another kind.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use shared::{digest::Digest, keys::SecretKey};

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

/// What a written key opens. A key of one kind is never read as one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens backups.
    Backup,
    /// Replaces the keys by which tablets know the server.
    Recovery,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Recovery => "recovery",
        }
    }

    /// A key as it is written down.
    pub fn write(self, key: &[u8; 32]) -> String {
        let mut bytes = key.to_vec();
        bytes.extend(self.check(key));
        let letters = LETTERS.encode(&bytes);
        let groups: Vec<&str> = (0..letters.len())
            .step_by(GROUP)
            .filter_map(|at| letters.get(at..at + GROUP))
            .collect();
        groups.join("-")
    }

    /// The key that was written down.
    pub fn read(self, text: &str) -> Result<[u8; 32], NotWritten> {
        let bytes = LETTERS
            .decode(text.as_bytes())
            .map_err(|_| NotWritten(self))?;
        let (key, its_check) = bytes.split_first_chunk::<32>().ok_or(NotWritten(self))?;
        (its_check == self.check(key))
            .then_some(*key)
            .ok_or(NotWritten(self))
    }

    fn check(self, key: &[u8; 32]) -> [u8; CHECK_BYTES] {
        let label = format!("tablet-library {} key", self.name());
        let [a, b, c, ..] = *Digest::of_parts(&[label.as_bytes(), key]).as_bytes();
        [a, b, c]
    }
}

/// The recovery key as it is written down.
pub fn recovery_text(key: &SecretKey) -> String {
    Kind::Recovery.write(&key.seed())
}

/// The text is no key of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no {} key: a character is wrong or missing", .0.name())]
pub struct NotWritten(Kind);

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> [u8; 32] {
        let mut bytes = [0; 32];
        for (at, byte) in (0_u8..).zip(&mut bytes) {
            *byte = at.wrapping_mul(37).wrapping_add(11);
        }
        bytes
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_as_people_copy_it() {
        let text = Kind::Backup.write(&key());
        assert_eq!((text.len(), text.split('-').count()), (69, 14));
        let small = text.to_lowercase().replace('-', " ");
        let slips = text.replace('0', "o").replace('1', "l").replace('-', "");
        for copied in [text.clone(), small, slips, format!("{text}\n")] {
            assert_eq!(Kind::Backup.read(&copied), Ok(key()), "{copied}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_shows_at_every_place() {
        let text = Kind::Recovery.write(&key());
        let not = Err(NotWritten(Kind::Recovery));
        for at in 0..text.len() {
            let mut letters: Vec<char> = text.chars().collect();
            if letters[at] == '-' {
                continue;
            }
            letters[at] = if letters[at] == 'X' { 'Y' } else { 'X' };
            let slip: String = letters.iter().collect();
            assert_eq!(Kind::Recovery.read(&slip), not, "{slip}");
        }
        assert_eq!(Kind::Recovery.read(""), not);
        assert_eq!(Kind::Recovery.read(&text[..text.len() - 5]), not);
    }

    #[test]
    fn a_key_of_another_kind_is_not_read() {
        let text = Kind::Backup.write(&key());
        let refused = Kind::Recovery.read(&text).expect_err("another kind");
        assert!(refused.to_string().contains("no recovery key"));
    }
}
