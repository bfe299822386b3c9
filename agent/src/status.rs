//! Says where this tablet is in its life: in words for a person, or as JSON for a
//! program.

use std::fmt;

use anyhow::Result;
use serde::Serialize;
use shared::{
    ids::{OrderId, TabletId},
    image::ImageId,
    keys::KeyId,
    signed::{
        keyring::Keyring,
        receipt::{FailedStep, Outcome},
    },
    tag::TabletNumber,
    time::Day,
    wire::v1::agent::AgentState,
};

use crate::{
    disk::folder::Folder,
    duty::{Life, Record},
    identity::{self, Identity},
    orders::Begun,
    place::Place,
    reset::{receipt, step_name},
    run::record,
    settings::Settings,
    trust,
};

/// Where this tablet is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it has an identity; without one it has nothing else.
    pub enrolled: bool,
    /// Who it is, and where it is.
    #[serde(flatten)]
    pub known: Option<Known>,
    /// What is not right with its settings; left out where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings_wrong: Option<String>,
}

/// What is known of a tablet that is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Its number, as on its sticker.
    pub number: TabletNumber,
    /// Its id.
    pub tablet: TabletId,
    /// Where its server is.
    pub server: String,
    /// Which key it believes.
    pub server_key: KeyId,
    /// Where it is in its life, as heartbeats say it.
    pub state: AgentState,
    /// Until when it is lent.
    pub due_on: Option<Day>,
    /// The image that it was last proven on.
    pub proven_on: Option<ImageId>,
    /// The last order to reset that was begun.
    pub last_order: Option<LastOrder>,
    /// The step at which the last reset failed, if it did.
    pub failed_at: Option<FailedStep>,
    /// No more requests than that were sent.
    pub requests_at_most: u64,
}

/// An order to reset that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LastOrder {
    /// Its id.
    pub order: OrderId,
    /// Its number.
    pub number: u64,
}

/// Looks at what the tablet keeps, and changes nothing.
pub fn status(place: &Place) -> Result<Status> {
    let disk = place.link_disk()?;
    let known = match identity::load(&disk)? {
        Some(identity) => {
            let keyring = trust::keyring(&disk, &identity.keyring)?;
            let record = record(disk)?.1;
            let failed_at = failed_at(place, &record)?;
            Some(Known::of(identity, &keyring, &record, failed_at))
        }
        None => None,
    };
    let settings_wrong = Settings::load(place).err().map(|why| why.to_string());
    Ok(Status {
        enrolled: known.is_some(),
        known,
        settings_wrong,
    })
}

fn failed_at(place: &Place, record: &Record) -> Result<Option<FailedStep>> {
    let Some(key) = record.last_reset.as_ref().and_then(Begun::proof_key) else {
        return Ok(None);
    };
    let kept = Folder::to_look_at(&place.receipts_dir());
    let newest = receipt::newest(&kept, &key)?;
    Ok(newest.and_then(|(_, receipt)| match receipt.outcome {
        Outcome::Verified => None,
        Outcome::Failed { why } => Some(why),
    }))
}

impl Known {
    fn of(
        identity: Identity,
        keyring: &Keyring,
        record: &Record,
        failed_at: Option<FailedStep>,
    ) -> Self {
        let begun = record.last_reset.as_ref();
        Self {
            number: identity.number,
            tablet: identity.tablet,
            server: identity.server,
            server_key: keyring.current.id(),
            state: record.state(),
            due_on: due_on(&record.life),
            proven_on: record.image,
            last_order: begun.map(|begun| LastOrder {
                order: begun.order,
                number: begun.counter,
            }),
            failed_at,
            requests_at_most: record.seq,
        }
    }

    fn life(&self) -> String {
        match (self.state, self.due_on) {
            (AgentState::New, _) => "enrolled, never reset".to_owned(),
            (AgentState::OnLoan, Some(due_on)) => format!("on loan until {due_on}"),
            (AgentState::OnLoan, None) => "on loan".to_owned(),
            (AgentState::Resetting, _) => "a reset was begun and is not done".to_owned(),
            (AgentState::Reported, _) => "a receipt waits for the server's word".to_owned(),
            (AgentState::Ready, _) => "ready: proven clean, and the server said so".to_owned(),
            (AgentState::Locked, _) => "locked: it is lost".to_owned(),
            (AgentState::Failed, _) => "the last reset failed: waiting for an order".to_owned(),
        }
    }
}

const fn due_on(life: &Life) -> Option<Day> {
    match life {
        Life::OnLoan { due_on, .. } => Some(*due_on),
        Life::New | Life::Dirty { .. } | Life::Reported(_) | Life::Ready | Life::Failed => None,
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.known {
            None => f.write_str("not enrolled\nEnrol this tablet: tablet-agent enrol --help")?,
            Some(known) => known.fmt(f)?,
        }
        match &self.settings_wrong {
            None => Ok(()),
            Some(why) => write!(
                f,
                "\nsettings    {why}\n            no reset is begun before that is right"
            ),
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tablet      {} ({})", self.number, self.tablet)?;
        writeln!(f, "server      {}, key {}", self.server, self.server_key)?;
        writeln!(f, "state       {}", self.life())?;
        match self.proven_on {
            Some(image) => writeln!(f, "proven on   {image}")?,
            None => writeln!(f, "proven on   nothing yet")?,
        }
        match self.last_order {
            Some(last) => writeln!(f, "last order  {}, number {}", last.order, last.number)?,
            None => writeln!(f, "last order  none")?,
        }
        if let Some(step) = self.failed_at {
            writeln!(f, "failed at   {}", step_name(step))?;
        }
        write!(f, "requests    at most {}", self.requests_at_most)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use serde_json::{Value, json};
    use shared::{ids::LoanId, keys::SecretKey};

    use super::*;
    use crate::{
        settings,
        trust::tests::{identity_of, keyring_of},
    };

    fn known(life: Life) -> Known {
        let key = SecretKey::from_seed(&[1; 32]);
        let keyring = keyring_of(&key);
        let identity = identity_of(&key);
        let record = Record {
            life,
            epoch: 2,
            last_reset: None,
            seq: 7,
            image: None,
            asked: None,
            answer: None,
            lock: None,
        };
        Known::of(identity, &keyring, &record, None)
    }

    fn json_of(status: &Status) -> Value {
        serde_json::to_value(status).unwrap()
    }

    #[test]
    fn a_program_reads_where_the_tablet_is_in_the_words_of_heartbeats() {
        let loan = LoanId::from_bytes([4; 16]);
        let due_on = "2026-12-12".parse().unwrap();
        let status = Status {
            enrolled: true,
            known: Some(known(Life::OnLoan { loan, due_on })),
            settings_wrong: None,
        };
        let told = json_of(&status);
        assert_eq!(told["enrolled"], true);
        assert_eq!(told["number"], "WGN-042");
        assert_eq!(
            (&told["state"], &told["due_on"]),
            (&json!("on-loan"), &json!("2026-12-12"))
        );
        assert_eq!(
            (&told["proven_on"], &told["requests_at_most"]),
            (&Value::Null, &json!(7))
        );
        // Whose loan it is the tablet does not know, and which is nobody's business.
        assert!(!told.to_string().contains(&loan.to_string()));
        assert!(status.to_string().contains("on loan until 2026-12-12"));
    }

    #[test]
    fn a_tablet_that_is_not_enrolled_says_so_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let status = status(&place).unwrap();
        assert_eq!(json_of(&status), json!({"enrolled": false}));
        assert!(status.to_string().contains("tablet-agent enrol --help"));
    }

    #[test]
    fn settings_that_are_not_right_are_said_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        let settings = folder.path().join(settings::FOLDER);
        fs::create_dir_all(&settings).unwrap();
        fs::write(settings.join(settings::FILE), "backend = \"rsync\"").unwrap();
        let status = status(&place).unwrap();
        let said = json_of(&status)["settings_wrong"].to_string();
        assert!(
            said.contains("line 1") && status.to_string().contains("line 1"),
            "{said}"
        );
    }

    #[test]
    fn a_failed_reset_is_said_with_its_step() {
        let mut known = known(Life::Failed);
        known.failed_at = Some(FailedStep::Settings);
        assert!(known.to_string().contains("failed at   settings"));
        assert_eq!(
            serde_json::to_value(known).unwrap()["failed_at"],
            "settings"
        );
    }

    #[test]
    fn every_state_is_said_in_words_of_its_own() {
        let words = [Life::New, Life::Ready, Life::Failed].map(|life| known(life).life());
        assert_eq!(
            words
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            3
        );
    }
}
