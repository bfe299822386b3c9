//! Where the server is: read once, from what the tablet was enrolled with.

use std::str::FromStr;

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whether it is spoken to by HTTPS.
    pub is_secure: bool,
    /// Its name, or its number.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Name and port as they were written: what a request asks for.
    pub authority: String,
    /// What stands before every path; mostly nothing.
    pub prefix: String,
}

/// Why it is not one to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl Address {
    /// Only a server on this very machine may be spoken to in the clear.
    fn may_be_called(&self) -> bool {
        self.is_secure || matches!(self.host.as_str(), "127.0.0.1" | "localhost" | "::1")
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // A line of a request is made of it.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['@', '?', '#']) {
            return Err(BadAddress);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadAddress)?;
        let (is_secure, port) = match scheme {
            "https" => (true, 443),
            "http" => (false, 80),
            _neither => return Err(BadAddress),
        };
        let rest = rest.trim_end_matches('/');
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(authority, port)?;
        let address = Self {
            is_secure,
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            prefix: prefix.to_owned(),
        };
        address.may_be_called().then_some(address).ok_or(BadAddress)
    }
}

fn host_and_port(authority: &str, otherwise: u16) -> Result<(&str, u16), BadAddress> {
    let in_brackets = authority.strip_prefix('[');
    let (host, behind) = match in_brackets {
        Some(rest) => rest.split_once(']').ok_or(BadAddress)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match behind.strip_prefix(':') {
        Some(port) => port.parse().map_err(|_| BadAddress)?,
        None if behind.is_empty() => otherwise,
        None => return Err(BadAddress),
    };
    (!host.is_empty()).then_some((host, port)).ok_or(BadAddress)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn an_address_says_where_to_call() {
        for (text, host, port, prefix) in [
            ("https://library.example", "library.example", 443, ""),
            ("https://library.example:8443/", "library.example", 8443, ""),
            (
                "https://council.example/tablets/",
                "council.example",
                443,
                "/tablets",
            ),
            ("https://[2001:db8::1]:8443", "2001:db8::1", 8443, ""),
            ("http://127.0.0.1:8080/", "127.0.0.1", 8080, ""),
            ("http://[::1]:8080", "::1", 8080, ""),
            ("http://localhost", "localhost", 80, ""),
        ] {
            let it: Address = text.parse().unwrap();
            let found = (it.host.as_str(), it.port, it.prefix.as_str());
            assert_eq!(found, (host, port, prefix), "{text}");
            assert_eq!(it.is_secure, text.starts_with("https"));
        }
    }

    #[test]
    fn a_server_elsewhere_is_never_called_in_the_clear() {
        for bad in [
            "http://library.example",
            "http://127.0.0.1.evil.example",
            "http://localhost:80@evil.example",
            "http://[::2]:80",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(BadAddress), "{bad}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_called() {
        for bad in [
            "",
            "ftp://x",
            "127.0.0.1:80",
            "https://",
            "https:///path",
            "https://x:",
            "https://x:70000",
            "https://[::1",
            "https://[::1]x",
            "https://x/a b",
            "https://x\r\nevil: 1",
            "https://x?y",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(BadAddress), "{bad}");
        }
    }
}
