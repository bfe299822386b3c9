//! HTTP/1.1 as it is written and read: pure, of bytes that came and that go. What the
//! protocol leaves open to be read in two ways is refused.

use super::address::Address;

/// Longest that the head of an answer may be.
pub const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;

/// The answer is not of the agreed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadForm(pub &'static str);

/// What a request is.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its verb.
    pub method: &'a str,
    /// What it asks for.
    pub path: &'a str,
    /// Header lines beyond those that every request has.
    pub headers: &'a [(&'a str, &'a str)],
    /// What it says, in JSON; a request to read says nothing.
    pub json: Option<&'a [u8]>,
}

impl Request<'_> {
    /// Its bytes.
    pub fn to(&self, address: &Address) -> Vec<u8> {
        let Address {
            authority, prefix, ..
        } = address;
        let (method, path) = (self.method, self.path);
        let mut head = format!("{method} {prefix}{path} HTTP/1.1\r\nhost: {authority}\r\n");
        let mut line = |name: &str, value: &str| {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        };
        for (name, value) in self.headers {
            line(name, value);
        }
        if let Some(json) = self.json {
            line("content-type", "application/json");
            line("content-length", &json.len().to_string());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if let Some(json) = self.json {
            bytes.extend_from_slice(json);
        }
        bytes
    }
}

/// How long an answer's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes.
    Known(u64),
    /// In chunks, each with its length before it.
    Chunks,
    /// Until the server ends the connection.
    ToTheEnd,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// HTTP's number.
    pub status: u16,
    /// How long its body is.
    pub length: Length,
    /// Whether the connection can be asked again once the body is read.
    pub stays: bool,
}

impl Head {
    /// Reads a head and how many bytes it has; `None` where it is not there whole.
    pub fn read(bytes: &[u8]) -> Result<Option<(usize, Self)>, BadForm> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut answer = httparse::Response::new(&mut headers);
        let read = answer.parse(bytes);
        let read = read.map_err(|_| BadForm("its answer is not HTTP"))?;
        let httparse::Status::Complete(count) = read else {
            let too_long = bytes.len() >= HEAD_BYTES_MAX;
            return if too_long {
                Err(BadForm("the head of its answer is too long"))
            } else {
                Ok(None)
            };
        };
        let status = answer.code.ok_or(BadForm("its answer has no number"))?;
        let lines = Lines(answer.headers);
        let length = match status {
            100..200 | 204 | 304 => Length::Known(0),
            _with_a_body => lines.length()?,
        };
        let stays = answer.version == Some(1) && !lines.closes() && length != Length::ToTheEnd;
        Ok(Some((
            count,
            Self {
                status,
                length,
                stays,
            },
        )))
    }
}

/// The header lines of an answer.
struct Lines<'a>(&'a [httparse::Header<'a>]);

impl<'a> Lines<'a> {
    fn of(&self, name: &'static str) -> impl Iterator<Item = Result<&'a str, BadForm>> {
        let named = self
            .0
            .iter()
            .filter(move |it| it.name.eq_ignore_ascii_case(name));
        named.map(|it| {
            str::from_utf8(it.value).map_err(|_| BadForm("a line of its head is no text"))
        })
    }

    fn length(&self) -> Result<Length, BadForm> {
        let mut known = None;
        for text in self.of("content-length") {
            let length = decimal(text?).ok_or(BadForm("its length is no number"))?;
            if known.replace(length).is_some_and(|before| before != length) {
                return Err(BadForm("its answer has two lengths"));
            }
        }
        let mut coding = self.of("transfer-encoding");
        let Some(coded) = coding.next() else {
            return Ok(known.map_or(Length::ToTheEnd, Length::Known));
        };
        let in_chunks = coded?.trim().eq_ignore_ascii_case("chunked");
        (in_chunks && coding.next().is_none() && known.is_none())
            .then_some(Length::Chunks)
            .ok_or(BadForm("how its answer is coded is not agreed"))
    }

    fn closes(&self) -> bool {
        self.of("connection").any(|value| {
            let mut options = value.unwrap_or("close").split(',');
            options.any(|it| it.trim().eq_ignore_ascii_case("close"))
        })
    }
}

/// Digits alone: a sign or a blank is read in more than one way.
fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// The length of a chunk, from the line before it, which may say more that nobody needs.
pub fn chunk_length(line: &[u8]) -> Result<u64, BadForm> {
    let bad = BadForm("the length of a chunk is no number");
    let end = line.iter().position(|byte| *byte == b';');
    let digits = end.map_or(line, |end| &line[..end]);
    let digits = str::from_utf8(digits.trim_ascii_end()).map_err(|_| bad)?;
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(bad);
    }
    u64::from_str_radix(digits, 16).map_err(|_| bad)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn head(lines: &str) -> Result<Option<Head>, BadForm> {
        let text = lines.replace('\n', "\r\n");
        Ok(Head::read(text.as_bytes())?.map(|(count, head)| {
            assert_eq!(count, text.len());
            head
        }))
    }

    fn of(lines: &str) -> Head {
        head(&format!("HTTP/1.1 200 OK\n{lines}\n"))
            .unwrap()
            .unwrap()
    }

    fn refused(lines: &str) -> bool {
        head(&format!("HTTP/1.1 200 OK\n{lines}\n")).is_err()
    }

    #[test]
    fn a_request_says_where_it_goes_and_how_long_it_is() {
        let address = "https://council.example:8443/tablets".parse().unwrap();
        let request = Request {
            method: "POST",
            path: "/v1/x",
            headers: &[("x-stamp", "s")],
            json: Some(b"{}"),
        };
        let expected = "POST /tablets/v1/x HTTP/1.1\r\nhost: council.example:8443\r\nx-stamp: s\r\n\
                        content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(request.to(&address), expected.as_bytes());
        let request = Request {
            method: "GET",
            json: None,
            headers: &[],
            ..request
        };
        let expected = "GET /tablets/v1/x HTTP/1.1\r\nhost: council.example:8443\r\n\r\n";
        assert_eq!(request.to(&address), expected.as_bytes());
    }

    #[test]
    fn a_head_says_how_long_its_body_is_and_whether_more_may_be_asked() {
        let known = of("Content-Length: 12\n");
        assert_eq!((known.length, known.stays), (Length::Known(12), true));
        let chunks = of("transfer-encoding: Chunked\n");
        assert_eq!((chunks.length, chunks.stays), (Length::Chunks, true));
        let end = of("");
        assert_eq!((end.length, end.stays), (Length::ToTheEnd, false));
        assert!(!of("content-length: 1\nconnection: keep-alive, Close\n").stays);
        let old = head("HTTP/1.0 200 OK\ncontent-length: 1\n\n")
            .unwrap()
            .unwrap();
        assert!(!old.stays);
        let nothing = head("HTTP/1.1 204 No Content\n\n").unwrap().unwrap();
        assert_eq!((nothing.length, nothing.stays), (Length::Known(0), true));
    }

    #[test]
    fn a_head_that_could_be_read_in_two_ways_is_refused() {
        for lines in [
            "content-length: 1\ncontent-length: 2\n",
            "content-length: +1\n",
            "content-length: 1, 1\n",
            "content-length: \n",
            "content-length: 99999999999999999999\n",
            "content-length: 1\ntransfer-encoding: chunked\n",
            "transfer-encoding: gzip, chunked\n",
            "transfer-encoding: chunked\ntransfer-encoding: chunked\n",
            "no line\n",
        ] {
            assert!(refused(lines), "{lines}");
        }
        assert_eq!(
            of("content-length: 1\ncontent-length: 1\n").length,
            Length::Known(1)
        );
        assert!(head("SSH-2.0-x\n\n").is_err());
    }

    #[test]
    fn a_head_is_read_once_it_is_there_and_is_not_waited_for_without_end() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nX";
        for cut in 0..whole.len() - 1 {
            assert_eq!(Head::read(&whole[..cut]), Ok(None), "{cut}");
        }
        let (count, _) = Head::read(whole).unwrap().unwrap();
        assert_eq!(&whole[count..], b"X");
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(HEAD_BYTES_MAX));
        assert!(Head::read(endless.as_bytes()).is_err());
    }

    #[test]
    fn the_length_of_a_chunk_is_a_number_of_base_sixteen() {
        assert_eq!(chunk_length(b"1aF"), Ok(0x1af));
        assert_eq!(chunk_length(b"0;name=value"), Ok(0));
        for bad in ["", "-1", "+1", " 1", "x", "10000000000000000"] {
            assert!(chunk_length(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
