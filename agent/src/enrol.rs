//! Gives this tablet its identity. The request, its id and both keys are durable
//! before it is sent, so after a power cut the same request is sent again and gets
//! the same answer. The server's keys are pinned only if they are signed with a key whose
//! fingerprint is the one that came with the code.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use shared::{
    ids::CommandId,
    signed::keyring::Keyring,
    wire::v1::agent::{EnrolRequest, Enrolled},
};

use crate::{
    chance,
    disk::{Disk, discard, folder::Folder, replace, slots::Slots},
    duty::Record,
    identity::{self, Identity},
    link::Link,
    own_keys::{LINK_KEY, OwnKeys, PROOF_KEY},
    place::Place,
};

const PENDING: &str = "enrol.json";
/// The name of the slots in which `run` keeps its record.
pub const STATE: &str = "state";

/// What an operator's screen told, and what the tablet says on its back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Where the server is.
    pub server: String,
    /// The one-time code.
    pub code: String,
    /// The fingerprint of the server's key.
    pub fingerprint: String,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    id: CommandId,
    asked: Asked,
}

/// How enrolment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// This tablet has its identity.
    Done(Identity),
    /// It had one before.
    Already(Identity),
}

/// The server that answered is not the one that the code came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the server's key is {found}, but the code came with {expected}. Nothing was kept of it. Check \
     the address, and ask for a new code"
)]
pub struct OtherServer {
    found: String,
    expected: String,
}

/// Enrols the tablet at `place`.
pub fn enrol(place: &Place, asked: &Asked) -> Result<Enrolment> {
    let (mut link_disk, mut proof_disk) = (place.link_disk()?, place.proof_disk()?);
    if let Some(identity) = identity::load(&link_disk)? {
        hand_over(&link_disk)?;
        return Ok(Enrolment::Already(identity));
    }
    let link = Link::to(&asked.server)?;
    let request = request(&mut link_disk, &mut proof_disk, asked)?;
    let enrolled = link.enrol(&request)?;
    kill_point::reached("agent:enrol-answered");
    check_fingerprint(&enrolled, &asked.fingerprint)?;
    let keyring = keyring(&enrolled)?;
    let identity = identity_from(&enrolled, keyring, asked);
    place.receipts_disk()?;
    pin(link_disk.clone(), proof_disk, &identity)?;
    hand_over(&link_disk)?;
    Ok(Enrolment::Done(identity))
}

/// Root enrols a tablet, and `run` is somebody else.
fn hand_over(link_disk: &Folder) -> Result<()> {
    link_disk.hand_over().context("giving `run` its files")
}

/// The request, durable before it is sent, and the same again after a power cut.
fn request(link_disk: &mut Folder, proof_disk: &mut Folder, asked: &Asked) -> Result<EnrolRequest> {
    let made = |disk: &Folder, name| OwnKeys::new(disk.clone(), name).current_or_new();
    let link_key = made(link_disk, LINK_KEY)?.public();
    let proof_key = made(proof_disk, PROOF_KEY)?.public();
    kill_point::reached("agent:enrol-keys-stored");
    let pending = match pending(link_disk)?.filter(|pending| is_same(&pending.asked, asked)) {
        Some(pending) => pending,
        None => Pending {
            id: CommandId::from_bytes(chance::bytes()?),
            asked: asked.clone(),
        },
    };
    replace(link_disk, PENDING, &serde_json::to_vec(&pending)?)?;
    kill_point::reached("agent:enrol-request-stored");
    let Asked {
        code,
        serial,
        model,
        ..
    } = asked.clone();
    let id = pending.id;
    Ok(EnrolRequest {
        id,
        code,
        serial,
        model,
        link_key,
        proof_key,
    })
}

/// The fingerprint is not sent, so a mistake in it does not use up the code.
fn is_same(pending: &Asked, asked: &Asked) -> bool {
    let fingerprint = asked.fingerprint.clone();
    Asked {
        fingerprint,
        ..pending.clone()
    } == *asked
}

/// A request that was never sent may be unreadable; then another is made.
fn pending(disk: &Folder) -> Result<Option<Pending>> {
    let bytes = disk.read(PENDING)?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn check_fingerprint(enrolled: &Enrolled, expected: &str) -> Result<(), OtherServer> {
    let plain = expected.replace([' ', ':', '-'], "").to_lowercase();
    let found = enrolled.server_key.fingerprint().to_string();
    if found == plain {
        return Ok(());
    }
    let expected = expected.to_owned();
    Err(OtherServer { found, expected })
}

/// The server's keys, in the words of the one whose fingerprint came with the code.
fn keyring(enrolled: &Enrolled) -> Result<Keyring> {
    let keyring: Result<Keyring, _> = enrolled.keyring.open(&enrolled.server_key);
    let keyring = keyring.context("the server's keys are not signed by it")?;
    if keyring.current != enrolled.server_key {
        bail!("the server signed with a key that it does not call its own");
    }
    Ok(keyring)
}

fn identity_from(enrolled: &Enrolled, keyring: Keyring, asked: &Asked) -> Identity {
    Identity {
        tablet: enrolled.tablet,
        number: enrolled.number,
        serial: asked.serial.clone(),
        model: asked.model.clone(),
        server: asked.server.clone(),
        keyring,
    }
}

/// The file that says "enrolled" to `run` is written last.
fn pin(mut link_disk: Folder, mut proof_disk: Folder, identity: &Identity) -> Result<()> {
    identity::save(&mut proof_disk, identity)?;
    kill_point::reached("agent:enrol-proof-pinned");
    let (mut slots, _) = Slots::open(link_disk.clone(), STATE)?;
    slots.save(&serde_json::to_vec(&Record::enrolled())?)?;
    identity::save(&mut link_disk, identity)?;
    kill_point::reached("agent:enrol-pinned");
    discard(&mut link_disk, PENDING).context("clearing the request")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use shared::{
        ids::TabletId,
        keys::{PublicKey, SecretKey},
    };

    use super::*;
    use crate::link::double::Server;

    fn answer() -> Vec<u8> {
        serde_json::to_vec(&Enrolled {
            tablet: TabletId::from_bytes([1; 16]),
            number: "WGN-042".parse().unwrap(),
            server_key: server_key(),
            keyring: keyring().begin(&server()),
        })
        .unwrap()
    }

    fn server() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    fn server_key() -> PublicKey {
        server().public()
    }

    fn keyring() -> Keyring {
        let [next, recovery] = [2, 3].map(|seed| SecretKey::from_seed(&[seed; 32]).public());
        let current = server_key();
        Keyring {
            current,
            next,
            recovery,
        }
    }

    fn fingerprint() -> String {
        server_key().fingerprint().to_string()
    }

    fn asked(server: &Server, fingerprint: &str) -> Asked {
        Asked {
            server: server.address.clone(),
            code: "CODE".into(),
            fingerprint: fingerprint.into(),
            serial: "S1".into(),
            model: "M1".into(),
        }
    }

    fn tablet() -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        (folder, place)
    }

    #[test]
    fn a_server_with_another_fingerprint_is_refused_and_nothing_is_pinned() {
        let (_folder, place) = tablet();
        let server = Server::answering(vec![(200, answer())]);
        let refused = enrol(&place, &asked(&server, "0123456789abcdef")).unwrap_err();
        assert!(
            refused.downcast_ref::<OtherServer>().is_some(),
            "{refused:#}"
        );
        assert_eq!(identity::load(&place.link_disk().unwrap()).unwrap(), None);
        assert_eq!(identity::load(&place.proof_disk().unwrap()).unwrap(), None);
    }

    #[test]
    fn a_server_whose_keys_are_not_its_own_word_is_refused_and_nothing_is_pinned() {
        let (_folder, place) = tablet();
        let stranger = SecretKey::from_seed(&[9; 32]);
        let not_its_own = Keyring {
            current: stranger.public(),
            ..keyring()
        };
        let said = |envelope| {
            let mut enrolled: Enrolled = serde_json::from_slice(&answer()).unwrap();
            enrolled.keyring = envelope;
            (200, serde_json::to_vec(&enrolled).unwrap())
        };
        let answers = [keyring().begin(&stranger), not_its_own.begin(&server())];
        let server = Server::answering(answers.map(said).into());
        for _ in 0..2 {
            enrol(&place, &asked(&server, &fingerprint())).unwrap_err();
            assert_eq!(identity::load(&place.proof_disk().unwrap()).unwrap(), None);
        }
    }

    #[test]
    fn a_request_whose_answer_was_lost_is_sent_again_the_very_same() {
        let (_folder, place) = tablet();
        let server = Server::answering(vec![(503, Vec::new()), (200, answer())]);
        let asked = asked(&server, &fingerprint().to_uppercase());
        enrol(&place, &asked).unwrap_err();
        let enrolled = enrol(&place, &asked).unwrap();
        let requests = server.requests();
        assert_eq!(requests[0].body, requests[1].body);
        let Enrolment::Done(identity) = enrolled else {
            panic!("it was not enrolled before");
        };
        assert_eq!(identity.keyring, keyring());
        let again = enrol(&place, &asked).unwrap();
        assert_eq!(again, Enrolment::Already(identity));
    }

    #[test]
    fn a_mistyped_fingerprint_does_not_use_up_the_code() {
        let (_folder, place) = tablet();
        let server = Server::answering(vec![(200, answer()), (200, answer())]);
        enrol(&place, &asked(&server, "00ff")).unwrap_err();
        enrol(&place, &asked(&server, &fingerprint())).unwrap();
        let requests = server.requests();
        assert_eq!(requests[0].body, requests[1].body);
    }

    #[test]
    fn the_two_keys_are_not_the_same_and_only_their_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, place) = tablet();
        let server = Server::answering(vec![(200, answer())]);
        enrol(&place, &asked(&server, &fingerprint())).unwrap();
        let (link, proof) = (
            place.link_dir().join(LINK_KEY),
            place.proof_dir().join(PROOF_KEY),
        );
        assert_ne!(
            std::fs::read(&link).unwrap(),
            std::fs::read(&proof).unwrap()
        );
        for key in [link, proof] {
            let mode = std::fs::metadata(key).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
