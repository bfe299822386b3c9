//! The Android Management API as a device manager: its device and command resources,
//! as far as an erase needs them. That a command is done says only that the tablet
//! has heard it; erased it is when it has enrolled anew, under a new name that tells
//! the old one.

use std::{fs, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::time::Moment;

use super::{ManagedFleet, NoAnswer, Report};
use crate::{config::ManagedAccess, store::Issued};

/// What a call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most pages of devices that are looked through (R16).
const PAGES_MAX: usize = 50;
/// Longest answer that is read (R16).
const BYTES_MAX: u64 = 4 << 20;
/// The type of the command that erases.
const WIPE: &str = "WIPE";
/// A device's state when it works as its policy says.
const ACTIVE: &str = "ACTIVE";

/// The manager, reached by HTTP.
pub struct Android {
    access: ManagedAccess,
    agent: ureq::Agent,
}

/// A command, as it is given and told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Command {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
}

/// What became of a command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    name: String,
    metadata: Option<Command>,
    #[serde(default)]
    done: bool,
    error: Option<Status>,
}

#[derive(Debug, Deserialize)]
struct Status {
    #[serde(default)]
    code: i32,
    #[serde(default)]
    message: String,
}

/// A device, as far as we look at it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    name: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    applied_state: String,
    enrollment_time: Option<String>,
    #[serde(default)]
    previous_device_names: Vec<String>,
    hardware_info: Option<Hardware>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hardware {
    #[serde(default)]
    serial_number: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Devices {
    #[serde(default)]
    devices: Vec<Device>,
    next_page_token: Option<String>,
}

impl Android {
    /// The manager behind this access.
    pub fn new(access: ManagedAccess) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .build()
            .into();
        Self { access, agent }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, NoAnswer> {
        let url = format!("{}/v1/{path}", self.access.url);
        let asked = self.agent.get(url).header("Authorization", self.token()?);
        read(asked.call())
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, NoAnswer> {
        let url = format!("{}/v1/{path}", self.access.url);
        let body = serde_json::to_vec(body).map_err(|why| no_answer(&why))?;
        let asked = self
            .agent
            .post(url)
            .header("Authorization", self.token()?)
            .header("Content-Type", "application/json");
        read(asked.send(body))
    }

    /// Whoever renews it may have done so a moment ago.
    fn token(&self) -> Result<String, NoAnswer> {
        let text = fs::read_to_string(&self.access.token_file).map_err(|why| no_answer(&why))?;
        Ok(format!("Bearer {}", text.trim()))
    }

    /// The device that this one became when it enrolled anew.
    fn successor(&self, issued: &Issued, serial: &str) -> Result<Option<Device>, NoAnswer> {
        let enterprise = issued.managed.split_once("/devices/");
        let (enterprise, _) = enterprise.ok_or_else(|| no_answer("not a device's name"))?;
        let mut path = format!("{enterprise}/devices?pageSize=100");
        for _page in 0..PAGES_MAX {
            let page: Devices = self.get(&path)?;
            let mut devices = page.devices.into_iter();
            if let Some(found) = devices.find(|it| it.follows(issued, serial)) {
                return Ok(Some(found));
            }
            match page.next_page_token.filter(|token| is_plain(token)) {
                Some(token) => {
                    path = format!("{enterprise}/devices?pageSize=100&pageToken={token}");
                }
                None => return Ok(None),
            }
        }
        Err(no_answer("more devices than are looked through"))
    }
}

impl ManagedFleet for Android {
    fn name(&self) -> &'static str {
        "android-management"
    }

    fn wipe(&self, managed: &str) -> Result<Issued, NoAnswer> {
        let command = Command {
            kind: WIPE.to_owned(),
            create_time: None,
            error_code: None,
        };
        let operation: Operation = self.post(&format!("{managed}:issueCommand"), &command)?;
        let issued_at = operation
            .metadata
            .as_ref()
            .and_then(|it| it.create_time.as_deref());
        let issued_at = moment(issued_at).ok_or_else(|| no_answer("it says no time"))?;
        let is_its_own = operation
            .name
            .starts_with(&format!("{managed}/operations/"));
        if !is_its_own || !is_plain_path(&operation.name) {
            return Err(no_answer("it told of another command"));
        }
        Ok(Issued {
            managed: managed.to_owned(),
            command: operation.name,
            issued_at,
        })
    }

    fn report(&self, issued: &Issued, serial: &str) -> Result<Report, NoAnswer> {
        let operation: Operation = self.get(&issued.command)?;
        let kind = operation.metadata.as_ref().map(|it| it.kind.as_str());
        if operation.name != issued.command || kind != Some(WIPE) {
            return Err(no_answer("it told of another command"));
        }
        if let Some(why) = operation.refusal() {
            return Ok(Report::Refused { why });
        }
        if !operation.done {
            return Ok(Report::Open);
        }
        let Some(device) = self.successor(issued, serial)? else {
            return Ok(Report::Open);
        };
        let at = moment(device.enrollment_time.as_deref());
        Ok(at.map_or(Report::Open, |at| Report::Done {
            at,
            managed: device.name,
        }))
    }
}

impl Operation {
    /// Why it was refused or called off; both may be told while it is done.
    fn refusal(&self) -> Option<String> {
        let error = self.error.as_ref();
        let told = error.map(|it| format!("{} ({})", it.message, it.code));
        told.or_else(|| self.metadata.as_ref()?.error_code.clone())
    }
}

impl Device {
    /// The same tablet, enrolled anew after the command and at work.
    fn follows(&self, issued: &Issued, serial: &str) -> bool {
        let hardware = self.hardware_info.as_ref();
        let enrolled_at = moment(self.enrollment_time.as_deref());
        self.name != issued.managed
            && is_plain_path(&self.name)
            && self.previous_device_names.contains(&issued.managed)
            && hardware.is_some_and(|it| it.serial_number == serial)
            && enrolled_at.is_some_and(|at| at > issued.issued_at)
            && self.state == ACTIVE
            && self.applied_state == ACTIVE
    }
}

fn read<T: DeserializeOwned>(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<T, NoAnswer> {
    let mut answer = answer.map_err(|why| no_answer(&why))?;
    let bytes = answer.body_mut().with_config().limit(BYTES_MAX);
    serde_json::from_slice(&bytes.read_to_vec().map_err(|why| no_answer(&why))?)
        .map_err(|why| no_answer(&why))
}

fn no_answer(why: &(impl ToString + ?Sized)) -> NoAnswer {
    NoAnswer(why.to_string())
}

fn moment(text: Option<&str>) -> Option<Moment> {
    text?.parse().ok()
}

/// Whether it may stand in an address as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_.=".contains(it))
}

fn is_plain_path(text: &str) -> bool {
    text.split('/')
        .all(|part| is_plain(part) && !part.starts_with('.'))
}
