//! What lending knows of a borrower: a card number at the edge, a few counts
//! within. Names and contacts live in the server's people tables alone.

use std::{fmt, str::FromStr};

/// A library card's number: 4 to 20 capitals and digits.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber(String);

/// The text is not a card's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a card's number is 4 to 20 letters and digits")]
pub struct NotACard;

impl CardNumber {
    /// The number as it is compared: capitals and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CardNumber {
    type Err = NotACard;

    /// Reads what a scanner or a person types: any case, spaces left out.
    fn from_str(text: &str) -> Result<Self, NotACard> {
        let number: String = text
            .chars()
            .take(64)
            .filter(|c| *c != ' ')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let fits = (4..=20).contains(&number.len())
            && number
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        fits.then_some(Self(number)).ok_or(NotACard)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(..)")
    }
}

/// What a check out needs to know of the borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BorrowerView {
    /// Loans that this borrower has open.
    pub open_loans: u32,
    /// Holds that this borrower has, waiting or put aside.
    pub holds: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_may_be_typed_with_spaces_and_small_letters() {
        assert_eq!(
            "d 1234 567".parse::<CardNumber>().expect("a card").as_str(),
            "D1234567"
        );
        for wrong in ["", "123", "1234-5678", "123456789012345678901"] {
            assert_eq!(wrong.parse::<CardNumber>(), Err(NotACard), "{wrong}");
        }
    }
}
