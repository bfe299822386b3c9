//! The tag: the QR sticker on a tablet, and what it says.
//!
//! A tag is the URL `HTTPS://HOST/` + number + 16 base-32 characters (80 random
//! bits). It holds no key and signs nothing: it is revocable one by one, and a
//! kiosk knows the valid ones by their digests alone. Capitals only, so that it
//! fits a version 3 quartile QR code in alphanumeric mode (47 characters,
//! ISO/IEC 18004 table 7). A phone's camera opens the found-a-tablet page; a
//! kiosk never opens it.

use std::{fmt, str::FromStr};

use crate::digest::{BASE32, Digest};

/// Characters that a version 3 quartile code holds in alphanumeric mode.
pub const TAG_CHARS_MAX: usize = 47;

const SECRET_CHARS: usize = 16;

/// A tablet's short human number: three letters and three to five digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabletNumber {
    letters: [u8; 3],
    number: u32,
}

/// The text is not a tablet's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tablet's number is three letters and three to five digits, like WGN-042")]
pub struct NotANumber;

impl TabletNumber {
    /// The number without its hyphen, as a tag carries it: `WGN042`.
    pub fn compact(&self) -> String {
        format!("{}{:03}", self.letters(), self.number)
    }

    /// The number as texts sort in its order: `WGN00042`.
    pub fn in_order(&self) -> String {
        format!("{}{:05}", self.letters(), self.number)
    }

    fn letters(&self) -> &str {
        std::str::from_utf8(&self.letters).expect("ASCII capitals")
    }

    fn from_compact(text: &str) -> Result<Self, NotANumber> {
        let (letters, digits) = text.split_at_checked(3).ok_or(NotANumber)?;
        let letters: [u8; 3] = letters.as_bytes().try_into().map_err(|_| NotANumber)?;
        let well_formed = letters.iter().all(u8::is_ascii_uppercase)
            && (3..=5).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().map_err(|_| NotANumber)?;
        let number = Self { letters, number };
        // One spelling a number: WGN-0042 would be a second name for WGN-042.
        (well_formed && number.compact() == text)
            .then_some(number)
            .ok_or(NotANumber)
    }
}

impl FromStr for TabletNumber {
    type Err = NotANumber;

    /// Reads what people type: any case, with or without the hyphen or spaces.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if text.len() > 16 {
            return Err(NotANumber);
        }
        let compact: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        Self::from_compact(&compact)
    }
}

impl fmt::Display for TabletNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.letters(), self.number)
    }
}

impl fmt::Debug for TabletNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The council's host, as it stands in every tag: capitals, digits, `.` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagHost(String);

/// The text cannot be a tag's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tag's host is 1 to 16 capitals, digits, dots and hyphens, like TABLETS.WIGAN")]
pub struct NotAHost;

impl FromStr for TagHost {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let fits = (1..=16).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
        fits.then(|| Self(text.to_owned())).ok_or(NotAHost)
    }
}

impl fmt::Display for TagHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one sticker says: a tablet's number and 80 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    number: TabletNumber,
    secret: [u8; 10],
}

/// Why a text that was read from a QR code is not one of our tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Some other QR code: a website, a ticket, another council's tag.
    #[error("this is not one of our tags")]
    NotOurs,
    /// It begins like ours, but the rest is not a number and 16 characters.
    #[error("this looks like our tag but is not well formed")]
    MadeUp,
    /// The host and the number together are too long for the code.
    #[error("a tag has at most 47 characters: take a shorter host")]
    TooLong,
}

impl Tag {
    /// The tag of this tablet with these random bytes.
    pub const fn new(number: TabletNumber, secret: [u8; 10]) -> Self {
        Self { number, secret }
    }

    /// The tablet's number, which is also printed below the code.
    pub const fn number(&self) -> TabletNumber {
        self.number
    }

    /// What the QR code says.
    ///
    /// # Errors
    /// [`TagError::TooLong`] where it would not fit a version 3 quartile code.
    pub fn url(&self, host: &TagHost) -> Result<String, TagError> {
        let url = format!("HTTPS://{host}/{}", self.code());
        (url.len() <= TAG_CHARS_MAX)
            .then_some(url)
            .ok_or(TagError::TooLong)
    }

    /// Reads what a QR code said. Strict: capitals, one host, one spelling.
    pub fn read(text: &str, host: &TagHost) -> Result<Self, TagError> {
        let code = text
            .strip_prefix(&format!("HTTPS://{host}/"))
            .ok_or(TagError::NotOurs)?;
        code.parse()
    }

    /// Number and secret without the host: the text that is hashed.
    pub fn code(&self) -> String {
        format!("{}{}", self.number.compact(), BASE32.encode(&self.secret))
    }

    /// By this a kiosk and the log know the tag; its secret cannot be computed
    /// from it, so a stolen kiosk yields no stickers.
    pub fn digest(&self) -> Digest {
        Digest::of(self.code().as_bytes())
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(code: &str) -> Result<Self, TagError> {
        let at = code
            .len()
            .checked_sub(SECRET_CHARS)
            .ok_or(TagError::MadeUp)?;
        let (number, secret) = code.split_at_checked(at).ok_or(TagError::MadeUp)?;
        let number = TabletNumber::from_compact(number).map_err(|_| TagError::MadeUp)?;
        let secret = BASE32
            .decode(secret.as_bytes())
            .map_err(|_| TagError::MadeUp)?;
        let secret = secret.try_into().map_err(|_| TagError::MadeUp)?;
        Ok(Self { number, secret })
    }
}

impl fmt::Debug for Tag {
    // The secret opens returns by sticker, so it stays out of logs and panics.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> TagHost {
        "TABLETS.WIGAN".parse().expect("a host")
    }

    fn tag() -> Tag {
        Tag::new("WGN-042".parse().expect("a number"), *b"0123456789")
    }

    #[test]
    fn a_tag_is_read_back_from_its_own_url() {
        let url = tag().url(&host()).expect("it fits");
        assert_eq!(url, "HTTPS://TABLETS.WIGAN/WGN04260RK4CSM6MV3EE1S");
        assert_eq!(Tag::read(&url, &host()), Ok(tag()));
    }

    #[test]
    fn the_longest_host_still_fits_the_code() {
        let host = "ABCDEFGHIJKLMN.O".parse().expect("16 characters");
        assert_eq!(tag().url(&host).map(|url| url.len()), Ok(TAG_CHARS_MAX));
        let long = Tag::new("WGN-12345".parse().expect("a number"), [0; 10]);
        assert_eq!(long.url(&host), Err(TagError::TooLong));
    }

    #[test]
    fn other_codes_and_made_up_tags_are_told_apart() {
        let read = |text: &str| Tag::read(text, &host());
        assert_eq!(read("https://example.invalid"), Err(TagError::NotOurs));
        assert_eq!(read("HTTPS://TABLETS.WIGAN/"), Err(TagError::MadeUp));
        assert_eq!(read("HTTPS://TABLETS.WIGAN/WGN042"), Err(TagError::MadeUp));
        assert_eq!(
            read("HTTPS://TABLETS.WIGAN/WGN042IIIIIIIIIIIIIIII"),
            Err(TagError::MadeUp)
        );
        assert_eq!(
            read("HTTPS://TABLETS.WIGAN/ẞẞẞẞẞẞẞẞẞẞ"),
            Err(TagError::MadeUp)
        );
    }

    #[test]
    fn people_may_type_a_number_in_any_common_way() {
        for typed in ["WGN-042", "wgn042", "Wgn 042"] {
            assert_eq!(typed.parse(), Ok(tag().number()), "{typed}");
        }
        for wrong in ["WGN-42", "WGN-0042", "042", "WGN-000042", "ẞẞ-042", ""] {
            assert_eq!(wrong.parse::<TabletNumber>(), Err(NotANumber), "{wrong}");
        }
    }

    #[test]
    fn a_tag_never_shows_its_secret_when_printed_for_debugging() {
        assert_eq!(format!("{:?}", tag()), "Tag(WGN-042)");
    }
}
