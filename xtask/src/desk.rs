//! A library with one tablet: a real server, and an operator's program that lends, takes
//! back and looks for what is lost through the staff's calls.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::browser::{self, Answer};
use crate::world::{Code, World};

/// The tablet's number.
pub const NUMBER: &str = "WGN-042";
const VENUE: &str = "Demo Library";
const OPERATOR: &str = "Demo Librarian";
const CARD: &str = "D1234567";
const PATIENCE: Duration = Duration::from_secs(10);

/// An operator's program, signed in.
pub struct Desk {
    host: String,
    key: String,
    venue: String,
}

impl Desk {
    /// Begins a library, starts its server, and signs in. It takes no proof but that of a
    /// whole tablet.
    pub fn open(world: &mut World) -> Result<Self> {
        world.server(&["venue", "add", "--name", VENUE, "--kind", "library"])?;
        let image = "images/2026.1";
        world.server(&["image", "release", image])?;
        let badge = world
            .server_folder()
            .join("badge.png")
            .display()
            .to_string();
        let operator = ["operator", "add", "--name", OPERATOR, "--venue", VENUE];
        world.server(&[&operator[..], &["--badge-out", &badge]].concat())?;
        world.server(&["borrower", "add", "--name", "Demo B.", "--card", CARD])?;
        let key = key(world)?;
        world.start_library()?;
        Self::signed_in(world, key)
    }

    /// Begins a demo, whose tablets are folders, with nobody's tablet in it.
    pub fn of_a_demo(world: &mut World) -> Result<Self> {
        world.furnish(0)?;
        let key = key(world)?;
        world.start_server(None)?;
        Self::signed_in(world, key)
    }

    fn signed_in(world: &World, key: String) -> Result<Self> {
        let mut desk = Self {
            host: world.address().to_owned(),
            key,
            venue: String::new(),
        };
        let me = desk.call("GET", "/v1/staff/me", None)?;
        desk.venue = text(&me["venues"][0]["venue"])?;
        Ok(desk)
    }

    /// The key with which its program signs in.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The word that people see of the tablet.
    pub fn word(&self) -> Result<String> {
        text(&self.tablet()?["readiness"]["word"])
    }

    /// Lends the tablet.
    pub fn check_out(&self) -> Result<()> {
        let find = json!({ "venue": self.venue, "card": CARD });
        let found = self.call("POST", "/v1/staff/borrower", Some(&find))?;
        let loan = id("lo")?;
        self.command(&json!({
            "kind": "check-out",
            "tablet": text(&self.tablet()?["tablet"])?,
            "loan": loan,
            "borrower": found["borrower"],
        }))
    }

    /// Takes it back, in hand: its reset is ordered with it.
    pub fn take_back(&self) -> Result<()> {
        self.command(&json!({
            "kind": "return",
            "tablet": text(&self.tablet()?["tablet"])?,
            "presence": "in-hand",
            "condition": "good",
        }))
    }

    /// Says that it is lost: it is told to lock itself.
    pub fn mark_lost(&self) -> Result<()> {
        self.command(&json!({
            "kind": "relocate",
            "tablet": text(&self.tablet()?["tablet"])?,
            "whither": "lost",
        }))
    }

    fn tablet(&self) -> Result<Value> {
        let path = format!("/v1/staff/tablets?number={NUMBER}");
        let page = self.call("GET", &path, None)?;
        let found = page["tablets"].get(0).cloned();
        found.with_context(|| format!("the server does not know {NUMBER}"))
    }

    fn command(&self, action: &Value) -> Result<()> {
        let body = json!({ "id": id("co")?, "venue": self.venue, "action": action });
        self.call("POST", "/v1/staff/command", Some(&body))
            .map(drop)
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (host, key) = (&self.host, &self.key);
        let mut stream = TcpStream::connect(host).with_context(|| format!("calling {host}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .context("reading an answer")?;
        let (Answer { status, body }, _) = browser::parse(&answer)?;
        if status != 200 {
            bail!("{method} {path} was answered with {status}: {body}");
        }
        serde_json::from_str(&body).with_context(|| format!("{path} answered no JSON"))
    }
}

/// The key with which an operator's program signs in.
fn key(world: &World) -> Result<String> {
    let said = world.server(&["operator", "key", "--name", OPERATOR, "--days", "2"])?;
    let key = said.lines().last().context("no key was shown")?;
    Ok(key.to_owned())
}

/// A one-time code for the tablet.
pub fn tablet_code(world: &World) -> Result<Code> {
    let words = ["enrol", "tablet", "--number", NUMBER, "--venue", VENUE];
    Code::parse(&world.server(&words)?)
}

fn text(value: &Value) -> Result<String> {
    let text = value
        .as_str()
        .with_context(|| format!("{value} is no text"))?;
    Ok(text.to_owned())
}

/// A new id of this kind.
fn id(prefix: &str) -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    Ok(format!("{prefix}-{number:032x}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn an_id_is_new_each_time_and_of_the_form_of_ids() {
        let (one, other) = (id("lo").unwrap(), id("lo").unwrap());
        assert_ne!(one, other);
        let digits = one.strip_prefix("lo-").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|it| it.is_ascii_hexdigit()));
    }
}
