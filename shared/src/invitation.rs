//! What a tablet or kiosk is enrolled with, as one line of text that a QR code can
//! carry: where the server is, a one-time code, and the fingerprint of its key, so
//! that an impostor is told from it.

use std::{fmt, str::FromStr};

use crate::digest::Digest;

/// The line's first word: nothing else that a reader gives is taken for one.
const NAME: &str = "tablet-library-enrol:";
/// The longest line that is read (R16).
const LENGTH_MAX: usize = 400;

/// An invitation to enrol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Where the server is.
    pub server: String,
    /// The one-time code.
    pub code: String,
    /// The fingerprint of the server's key.
    pub fingerprint: Digest,
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            code,
            fingerprint,
        } = self;
        write!(f, "{NAME} {server} {code} {fingerprint}")
    }
}

/// The text is no invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no code to enrol with. Scan the one that the server shows")]
pub struct NotAnInvitation;

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    /// Readers of any kind put white space or a new line at the end.
    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        if text.len() > LENGTH_MAX {
            return Err(NotAnInvitation);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let [NAME, server, code, fingerprint] = words.as_slice() else {
            return Err(NotAnInvitation);
        };
        let is_address = server.starts_with("https://") || server.starts_with("http://");
        let is_code = code.bytes().all(|it| it.is_ascii_alphanumeric());
        if !is_address || !is_code {
            return Err(NotAnInvitation);
        }
        Ok(Self {
            server: (*server).to_owned(),
            code: (*code).to_owned(),
            fingerprint: fingerprint.parse().map_err(|_| NotAnInvitation)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            server: "https://tablets.example.org".to_owned(),
            code: "ABCDEFGHIJKLMNOPQRSTUVWX23".to_owned(),
            fingerprint: Digest::of(b"key"),
        }
    }

    #[test]
    fn an_invitation_is_read_as_it_was_written_whatever_a_reader_puts_around_it() {
        let text = invitation().to_string();
        for read in [
            text.clone(),
            format!(" {text}\r\n"),
            text.replace(' ', "\n"),
        ] {
            assert_eq!(read.parse(), Ok(invitation()), "{read:?}");
        }
    }

    #[test]
    fn what_else_a_reader_may_give_is_no_invitation() {
        let text = invitation().to_string();
        for other in [
            String::new(),
            "HTTPS://TABLETS.WIGAN/WGN04260RK4CSM6MV3EE1S".to_owned(),
            text.replace(NAME, "tablet-library:"),
            text.replace("https:", "file:"),
            text.replace("23", "2-3"),
            format!("{text} more"),
            text[..text.len() - 1].to_owned(),
            format!("{text}{}", " ".repeat(LENGTH_MAX)),
        ] {
            assert_eq!(
                other.parse::<Invitation>(),
                Err(NotAnInvitation),
                "{other:?}"
            );
        }
    }
}
