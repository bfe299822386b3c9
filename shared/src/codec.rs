//! How single values are written in JSON: always as their own text, and read
//! only through their own parser, so that no field is ever half checked.

use crate::{data_use, digest, head, ids, image, keys, tag, time};

macro_rules! as_text {
    ($($kind:ty),* $(,)?) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(
                    deserializer,
                )?;
                text.parse().map_err(<D::Error as serde::de::Error>::custom)
            }
        }
    )*};
}

pub(crate) use as_text;

as_text! {
    data_use::Interface,
    digest::Digest,
    head::Head,
    ids::TabletId,
    ids::KioskId,
    ids::VenueId,
    ids::BorrowerId,
    ids::OperatorId,
    ids::LoanId,
    ids::HoldId,
    ids::CommandId,
    ids::OrderId,
    ids::DisputeId,
    ids::TransferId,
    ids::TripId,
    ids::StocktakeId,
    ids::WipeId,
    ids::BootId,
    ids::Nonce,
    image::ImageId,
    image::TreePath,
    keys::PublicKey,
    keys::KeyId,
    tag::TabletNumber,
    tag::TagHost,
    time::Moment,
    time::Day,
}

/// Bytes as base 64 (RFC 4648, padded), for fields marked with this module.
pub mod base64 {
    use data_encoding::BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// Writes bytes as base 64.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&BASE64.encode_display(bytes))
    }

    /// Reads bytes from base 64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map_err(D::Error::custom)
    }
}
