//! A tablet's receipts are a chain: each counts on and names the digest of the one
//! before it. Where the chain does not hold, that is said: a receipt is missing, or
//! two of them claim one place.

use super::receipt::Receipt;
use crate::digest::Digest;

/// The place that a receipt claims in its tablet's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Its number.
    pub seq: u64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The digest that it names as the one before it.
    pub previous: Option<Digest>,
}

impl Link {
    /// The place that this receipt claims.
    pub const fn of(receipt: &Receipt, digest: Digest) -> Self {
        Self {
            seq: receipt.seq,
            digest,
            previous: receipt.previous,
        }
    }
}

/// Where a chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// Receipts are not there: they were refused, or lost with an old copy.
    Gap {
        /// The first number that is not there.
        first: u64,
        /// The last.
        last: u64,
    },
    /// More than one receipt claims this number.
    Fork {
        /// The number.
        seq: u64,
    },
    /// It follows the one before it by number, and names another.
    Elsewhere {
        /// Its number.
        seq: u64,
    },
}

impl Break {
    /// The number of the receipt at which it shows.
    pub const fn at(&self) -> u64 {
        match self {
            Self::Gap { last, .. } => *last + 1,
            Self::Fork { seq } | Self::Elsewhere { seq } => *seq,
        }
    }
}

/// Every place at which these receipts of one tablet are no chain, in order.
pub fn breaks(links: &[Link]) -> Vec<Break> {
    let mut links = links.to_vec();
    links.sort_unstable();
    links.dedup();
    let mut found = Vec::new();
    // The receipts of the number before; those of none before the first.
    let mut before: &[Link] = &[];
    for same in links.chunk_by(|one, other| one.seq == other.seq) {
        found.extend(between(before, same));
        before = same;
    }
    found
}

fn between(before: &[Link], same: &[Link]) -> Vec<Break> {
    let seq = same[0].seq;
    let expected = before.first().map_or(1, |it| it.seq.saturating_add(1));
    let mut found = Vec::new();
    if seq > expected {
        let (first, last) = (expected, seq - 1);
        found.push(Break::Gap { first, last });
    } else if !same.iter().any(|it| follows(it, before)) {
        found.push(Break::Elsewhere { seq });
    }
    if same.len() > 1 {
        found.push(Break::Fork { seq });
    }
    found
}

fn follows(it: &Link, before: &[Link]) -> bool {
    match it.previous {
        None => before.is_empty(),
        Some(digest) => before.iter().any(|earlier| earlier.digest == digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    fn link(seq: u64, name: &str, previous: &str) -> Link {
        Link {
            seq,
            digest: digest(name),
            previous: (!previous.is_empty()).then(|| digest(previous)),
        }
    }

    #[test]
    fn receipts_that_name_each_other_in_order_are_a_whole_chain() {
        assert_eq!(breaks(&[]), []);
        let chain = [link(3, "c", "b"), link(1, "a", ""), link(2, "b", "a")];
        assert_eq!(breaks(&chain), []);
    }

    #[test]
    fn a_receipt_that_is_not_there_leaves_a_gap() {
        let gap = |first, last| Break::Gap { first, last };
        let chain = [link(1, "a", ""), link(4, "d", "c")];
        assert_eq!(breaks(&chain), [gap(2, 3)]);
        assert_eq!(breaks(&[link(3, "c", "b")]), [gap(1, 2)]);
        assert_eq!(gap(1, 2).at(), 3);
    }

    #[test]
    fn two_receipts_in_one_place_are_a_fork() {
        let chain = [link(1, "a", ""), link(2, "b", "a"), link(2, "x", "a")];
        assert_eq!(breaks(&chain), [Break::Fork { seq: 2 }]);
        let twice = [link(1, "a", ""), link(1, "a", "")];
        assert_eq!(breaks(&twice), []);
    }

    #[test]
    fn a_receipt_that_names_another_before_it_is_said() {
        let chain = [link(1, "a", ""), link(2, "b", "x")];
        assert_eq!(breaks(&chain), [Break::Elsewhere { seq: 2 }]);
        let first = [link(1, "a", "x")];
        assert_eq!(breaks(&first), [Break::Elsewhere { seq: 1 }]);
    }
}
