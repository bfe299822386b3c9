//! The end of the log at some moment. Noted elsewhere, it shows later whether the
//! log was cut or written anew (R12).

use std::{fmt, str::FromStr};

use crate::digest::Digest;

/// The end of the log, written `SEQ:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The place of the last entry; 0 while there is none.
    pub seq: u64,
    /// Its link of the chain.
    pub hash: Digest,
}

impl Head {
    /// The end of a log without an entry: what the first is chained to.
    pub const NONE: Self = Self {
        seq: 0,
        hash: Digest::from_bytes([0; 32]),
    };

    /// Whether this was noted of another log, or of one that was cut since: `heads`
    /// are some of the log as it stands, its end among them.
    pub fn is_denied_by(&self, heads: &[Self]) -> bool {
        let end = heads.iter().map(|head| head.seq).max();
        let is_beyond = end.is_some_and(|end| end < self.seq);
        let is_other = |head: &Self| head.seq == self.seq && head.hash != self.hash;
        is_beyond || heads.iter().any(is_other)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// The text is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is written SEQ:HASH, as `audit verify` prints it")]
pub struct NotAHead;

impl FromStr for Head {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let (seq, hash) = text.split_once(':').ok_or(NotAHead)?;
        Ok(Self {
            seq: seq.parse().map_err(|_| NotAHead)?,
            hash: hash.parse().map_err(|_| NotAHead)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64, link: u8) -> Head {
        let hash = Digest::from_bytes([link; 32]);
        Head { seq, hash }
    }

    #[test]
    fn a_head_is_denied_by_a_shorter_log_and_by_another_link_at_its_place() {
        let noted = head(5, 5);
        for (heads, denied) in [
            (vec![], false),
            (vec![head(5, 5)], false),
            (vec![head(5, 5), head(9, 9)], false),
            (vec![head(9, 9)], false),
            (vec![head(4, 4)], true),
            (vec![Head::NONE], true),
            (vec![head(5, 6)], true),
            (vec![head(5, 6), head(9, 9)], true),
        ] {
            assert_eq!(noted.is_denied_by(&heads), denied, "{heads:?}");
        }
        assert!(!Head::NONE.is_denied_by(&[Head::NONE]));
        assert!(!Head::NONE.is_denied_by(&[head(9, 9)]));
    }

    #[test]
    fn a_head_is_written_as_it_is_read() {
        let head = Head {
            seq: 120,
            hash: Digest::of(b"a link"),
        };
        assert_eq!(head.to_string().parse(), Ok(head));
        for text in ["", "9", "9:", ":00", "-1:00", "9:00"] {
            assert_eq!(text.parse::<Head>(), Err(NotAHead), "{text}");
        }
    }
}
