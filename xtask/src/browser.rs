//! As much of a browser as the demo needs to sign in and read a page: HTTP/1.0
//! on the loopback, one cookie, no script.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long the server may take over one page.
const PATIENCE: Duration = Duration::from_secs(10);

/// A visitor of one server.
#[derive(Debug)]
pub struct Browser {
    /// `127.0.0.1:8080`.
    host: String,
    cookie: Option<String>,
}

/// A page, or what stood in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Browser {
    /// Somebody who has never been there.
    pub fn new(host: impl Into<String>) -> Self {
        let host = host.into();
        Self { host, cookie: None }
    }

    /// Uses a link that signs in once: its page's button is pressed.
    pub fn sign_in(&mut self, link: &str) -> Result<()> {
        let path = path_of(link)?.to_owned();
        let shown = self.get(&path)?;
        if shown.status != 200 {
            bail!("the sign-in link answered {}", shown.status);
        }
        let pressed = self.post(&path, "")?;
        if pressed.status >= 400 || self.cookie.is_none() {
            bail!("signing in was answered with {}", pressed.status);
        }
        Ok(())
    }

    /// Reads a page.
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask("GET", path, "")
    }

    /// Sends a form.
    pub fn post(&mut self, path: &str, form: &str) -> Result<Answer> {
        self.ask("POST", path, form)
    }

    fn ask(&mut self, method: &str, path: &str, form: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.host)
            .with_context(|| format!("connecting to {}", self.host))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let cookie = self.cookie.as_ref().map(|c| format!("Cookie: {c}\r\n"));
        let host = &self.host;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{}\r\n{form}",
            form.len(),
            cookie.unwrap_or_default()
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text).context("reading a page")?;
        let (answer, cookie) = parse(&text)?;
        self.cookie = cookie.or(self.cookie.take());
        Ok(answer)
    }
}

/// The path of a link: what follows the host.
fn path_of(link: &str) -> Result<&str> {
    let rest = link.split_once("://").map(|(_, rest)| rest);
    let at = rest.and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    at.with_context(|| format!("`{link}` is no link"))
}

/// Reads an answer, and the cookie that came with it.
pub fn parse(text: &str) -> Result<(Answer, Option<String>)> {
    let (head, body) = text
        .split_once("\r\n\r\n")
        .context("the answer has no head")?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.context("the answer has no status")?;
    let cookie = head.lines().find_map(cookie);
    let body = body.to_owned();
    Ok((Answer { status, body }, cookie))
}

/// The name and value of a `Set-Cookie` line, without its conditions.
fn cookie(line: &str) -> Option<String> {
    let (name, value) = line.split_once(": ")?;
    let is_cookie = name.eq_ignore_ascii_case("set-cookie");
    is_cookie.then(|| value.split(';').next().unwrap_or(value).to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn a_page_is_read_with_its_status_and_cookie() {
        let text = "HTTP/1.0 303 See Other\r\nset-cookie: id=a1; HttpOnly\r\n\r\nbody";
        let (answer, cookie) = parse(text).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (303, "body"));
        assert_eq!(cookie.as_deref(), Some("id=a1"));
    }

    #[test]
    fn the_path_of_a_link_is_what_follows_the_host() {
        assert_eq!(
            path_of("http://127.0.0.1:1/sign-in/x").unwrap(),
            "/sign-in/x"
        );
        path_of("nonsense").unwrap_err();
    }
}
