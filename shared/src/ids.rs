//! Ids: 128 random bits each, a type a noun, so that a loan is never taken for a
//! tablet. `LoanId` and `HoldId` are the pseudonyms under which the log knows a
//! person's loan: nothing about the person can be computed from them.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;

/// The text is not an id of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}: an id is written {prefix}- and 32 lower-case hex digits")]
pub struct NotAnId {
    expected: &'static str,
    prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// An id of these 16 bytes, which the caller drew at random.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse(text, $prefix).map(Self).ok_or(NotAnId {
                    expected: stringify!($name),
                    prefix: $prefix,
                })
            }
        }
    )*};
}

ids! {
    /// One tablet of the fleet.
    TabletId "tb";
    /// One kiosk at a counter.
    KioskId "ki";
    /// A place that lends.
    VenueId "ve";
    /// A person who may have a loan. Never in an event.
    BorrowerId "bo";
    /// A named member of staff.
    OperatorId "op";
    /// One loan, from check out to return.
    LoanId "lo";
    /// A place in the queue for a tablet.
    HoldId "ho";
    /// One command; made and stored by the caller before it is sent (R4).
    CommandId "co";
    /// One order to a tablet.
    OrderId "or";
    /// One dispute that a person closes.
    DisputeId "di";
    /// One box of tablets on its way from venue to venue.
    TransferId "tr";
    /// One trip to somebody who cannot leave home.
    TripId "ti";
    /// One count of the tablets at a venue.
    StocktakeId "st";
    /// One wipe outside the return flow, which two operators agree on (R9).
    WipeId "wi";
    /// One start of a tablet's kernel.
    BootId "bt";
}

fn parse(text: &str, prefix: &str) -> Option<[u8; 16]> {
    let hex = text.strip_prefix(prefix)?.strip_prefix('-')?;
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}

/// A number used once: 128 random bits that tie a receipt to its order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A nonce of these 16 bytes, which the caller drew at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a nonce is 32 lower-case hex digits")]
pub struct NotANonce;

impl FromStr for Nonce {
    type Err = NotANonce;

    fn from_str(text: &str) -> Result<Self, NotANonce> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotANonce)?;
        Ok(Self(bytes.try_into().map_err(|_| NotANonce)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_own_text() {
        let loan = LoanId::from_bytes(*b"0123456789abcdef");
        assert_eq!(loan.to_string(), "lo-30313233343536373839616263646566");
        assert_eq!(loan.to_string().parse(), Ok(loan));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let loan = LoanId::from_bytes([7; 16]).to_string();
        assert!(loan.parse::<TabletId>().is_err());
        assert!("lo-".parse::<LoanId>().is_err());
        assert!(loan.to_uppercase().parse::<LoanId>().is_err());
    }
}
