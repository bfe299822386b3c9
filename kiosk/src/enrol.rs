//! Gives the kiosk its identity: a one-time code is shown to the server, whose key
//! must be the one whose fingerprint came with the code. Relies on `store` for
//! asking again with the same id and key where an answer was lost.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use shared::{
    digest::Digest,
    ids::CommandId,
    keys::{PublicKey, SecretKey},
    wire::v1::kiosk::{EnrolRequest, Enrolled},
};

use crate::{
    chance,
    mirror::Place,
    store::{Enrolling, Fault, Identity, Store},
    sync::link::{Line, Trouble},
};

const PATH: &str = "/v1/kiosk/enrol";

/// The fewest digits of a fingerprint that are compared: 64 bits.
const FINGERPRINT_MIN: usize = 16;

/// Enrols this kiosk once.
pub fn enrol(
    store: &mut Store,
    server: &str,
    code: &str,
    fingerprint: &str,
    time: Duration,
) -> Result<Identity> {
    let server = address(server)?;
    let fingerprint = well_formed(fingerprint)?;
    let begun = begin(store, code)?;
    kill_point::reached("kiosk:before-enrol");
    let answer = ask(&server, code, &begun, time)?;
    kill_point::reached("kiosk:enrol-answered");
    check(&answer.server_key, &fingerprint)?;
    let identity = identity(server, begun, answer);
    store.enrolled(&identity)?;
    kill_point::reached("kiosk:enrolled");
    Ok(identity)
}

/// The server's address without its final slash.
fn address(server: &str) -> Result<String> {
    let known = ["http://", "https://"];
    let host = known.iter().find_map(|scheme| server.strip_prefix(scheme));
    ensure!(
        host.is_some_and(|host| !host.trim_matches('/').is_empty()),
        "{server:?} is no address; write it like https://tablets.example.org"
    );
    Ok(server.trim_end_matches('/').to_owned())
}

fn begin(store: &mut Store, code: &str) -> Result<Enrolling> {
    let new = Enrolling {
        id: CommandId::from_bytes(chance::bytes()?),
        key: SecretKey::from_seed(&chance::bytes()?),
    };
    match store.enrolling(code, &new) {
        Err(Fault::Enrolled) => bail!(
            "this kiosk is enrolled already; to enrol it anew, give it another folder (--data)"
        ),
        begun => begun.context("beginning to enrol"),
    }
}

fn ask(server: &str, code: &str, begun: &Enrolling, time: Duration) -> Result<Enrolled> {
    let request = EnrolRequest {
        id: begun.id,
        code: code.to_owned(),
        key: begun.key.public(),
    };
    let body = serde_json::to_vec(&request)?;
    match Line::new(server).post(PATH, None, &body, time) {
        Ok(answer) => Ok(answer),
        Err(Trouble::Refused { title, .. } | Trouble::NotLetIn { title, .. }) => bail!(
            "the server does not take this code: {title} A code is good for 15 minutes and for one kiosk; make a new one"
        ),
        Err(trouble) => Err(trouble).with_context(|| format!("asking {server}")),
    }
}

fn well_formed(fingerprint: &str) -> Result<String> {
    let digits = fingerprint.to_ascii_lowercase();
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    ensure!(
        is_hex && (FINGERPRINT_MIN..=64).contains(&digits.len()),
        "{fingerprint:?} is no fingerprint; it is the 16 or more hex digits that came with the code"
    );
    Ok(digits)
}

/// Somebody between kiosk and server could give a key of their own.
fn check(key: &PublicKey, fingerprint: &str) -> Result<()> {
    let whole = Digest::of(key.as_bytes()).to_string();
    ensure!(
        whole.starts_with(fingerprint),
        "the server's key has the fingerprint {}, not {fingerprint}: this is not the server that made the code. Nothing was stored",
        key.id()
    );
    Ok(())
}

fn identity(server: String, begun: Enrolling, answer: Enrolled) -> Identity {
    Identity {
        kiosk: answer.kiosk,
        key: begun.key,
        server,
        server_key: answer.server_key,
        place: Place {
            venue: answer.venue,
            venue_name: answer.venue_name,
            tag_host: answer.tag_host,
        },
    }
}
