//! A certificate in plain strings, for the page and for the terminal alike.

use lang::{Arg, Catalogue, Key};
use shared::{
    signed::{
        chain::Break,
        receipt::{Owners, PolicyLine, Receipt, Scope, Voucher},
    },
    time::Moment,
};

use super::{Broken, Certificate, Signed};

/// A certificate in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What the page is: a certificate, or why there is none.
    pub headline: String,
    /// It certifies something.
    pub holds: bool,
    /// What was done, or what to do where nothing is certified.
    pub claim: String,
    /// What it says, name by name.
    pub lines: Vec<Line>,
    /// What the list of items below is called; empty where there is none.
    pub policy_name: String,
    /// The items are sentences that a person confirmed.
    pub is_checklist: bool,
    /// What of the policy list was found and is left, or what a person confirmed.
    pub policy: Vec<Item>,
    /// What it means, and what it does not.
    pub statements: Vec<String>,
}

/// One thing that a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// What is said of it.
    pub value: String,
    /// It is a digest or a number, to be compared sign by sign.
    pub is_code: bool,
}

/// One item outside the home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub item: String,
    /// How much of it was found, and is left.
    pub counts: String,
    /// Something is left of it.
    pub is_left: bool,
}

impl Words {
    /// This certificate, as it reads at this moment.
    pub fn of(catalogue: &Catalogue, certificate: &Certificate, now: Moment) -> Self {
        let say = Say(catalogue);
        match &certificate.signed {
            Ok(signed) => say.holds(certificate, signed, now),
            Err(broken) => say.broken(certificate, *broken, now),
        }
    }
}

/// The way in which a reset was done, in the words of NIST SP 800-88 or plainer.
fn claim(receipt: &Receipt) -> Key {
    match &receipt.voucher {
        Some(Voucher::Manager { .. }) => return Key::CertificateClaimManager,
        Some(Voucher::Person { .. }) => return Key::CertificateClaimPerson,
        None => {}
    }
    if receipt.key_erased {
        return Key::CertificateClaimKey;
    }
    match receipt.backend.as_str() {
        "overlay" => Key::CertificateClaimOverlay,
        "btrfs" => Key::CertificateClaimBtrfs,
        "manifest" => Key::CertificateClaimManifest,
        _other_agents => Key::CertificateClaimOther,
    }
}

struct Say<'a>(&'a Catalogue);

impl Say<'_> {
    fn holds(&self, it: &Certificate, signed: &Signed, now: Moment) -> Words {
        let receipt = &signed.receipt;
        Words {
            headline: self.filled(Key::CertificateHeadline, "number", &it.tablet.number),
            holds: true,
            claim: self.0.say(claim(receipt)),
            lines: self.lines(it, signed, now),
            policy_name: match &receipt.voucher {
                None => self.0.say(Key::CertificatePolicy),
                Some(Voucher::Person { .. }) => self.0.say(Key::CertificateChecklist),
                Some(Voucher::Manager { .. }) => String::new(),
            },
            is_checklist: matches!(receipt.voucher, Some(Voucher::Person { .. })),
            policy: receipt
                .policy
                .iter()
                .map(|it| self.item(receipt, it))
                .collect(),
            statements: self.statements(it, receipt),
        }
    }

    fn broken(&self, it: &Certificate, broken: Broken, now: Moment) -> Words {
        let why = match broken {
            Broken::Gone => Key::CertificateBrokenGone,
            Broken::Altered => Key::CertificateBrokenAltered,
            Broken::NotSigned(_) => Key::CertificateBrokenSignature,
            Broken::OfSomethingElse => Key::CertificateBrokenOther,
        };
        Words {
            headline: self.filled(Key::CertificateBrokenHeadline, "number", &it.tablet.number),
            holds: false,
            claim: self.0.say(why),
            lines: vec![
                self.line(Key::CertificateTablet, it.tablet.number.to_string()),
                self.line(Key::CertificateTaken, self.moment(it.row.proven_at)),
                self.code(Key::CertificateDigest, it.row.receipt.to_string()),
                self.line(Key::CertificateChecked, self.moment(now)),
            ],
            policy_name: String::new(),
            is_checklist: false,
            policy: Vec::new(),
            statements: vec![self.0.say(Key::CertificateBrokenNext)],
        }
    }

    fn lines(&self, it: &Certificate, signed: &Signed, now: Moment) -> Vec<Line> {
        let receipt = &signed.receipt;
        let mut lines = vec![
            self.line(Key::CertificateTablet, it.tablet.number.to_string()),
            self.line(Key::CertificateSerial, receipt.serial.clone()),
            self.line(Key::CertificateModel, receipt.model.clone()),
            self.line(Key::CertificateScope, self.scope(receipt.scope)),
            self.line(Key::CertificateVouches, self.vouches(receipt)),
            self.line(Key::CertificateTechnique, technique(receipt)),
        ];
        lines.extend(self.reading(receipt));
        lines.extend([
            self.line(Key::CertificateStarted, self.moment(receipt.started_at)),
            self.line(Key::CertificateEnded, self.ended(receipt)),
            self.line(Key::CertificateTaken, self.moment(it.row.proven_at)),
            self.code(image_key(receipt), receipt.image.to_string()),
            self.code(Key::CertificateNumber, receipt.seq.to_string()),
            self.code(Key::CertificateDigest, it.row.receipt.to_string()),
            self.code(Key::CertificatePrevious, self.previous(receipt)),
            self.code(Key::CertificateKey, signed.key.to_string()),
            self.line(Key::CertificateChecked, self.moment(now)),
        ]);
        lines
    }

    /// What the tablet read again; nobody else has.
    fn reading(&self, receipt: &Receipt) -> Vec<Line> {
        if receipt.voucher.is_some() {
            return Vec::new();
        }
        let files = receipt.files_verified.to_string();
        let bytes = grouped(receipt.bytes_verified);
        let args = [("files", Arg::Text(&files)), ("bytes", Arg::Text(&bytes))];
        let (deleted, restored) = (receipt.deleted.to_string(), receipt.restored.to_string());
        let changed = [
            ("deleted", Arg::Text(&deleted)),
            ("restored", Arg::Text(&restored)),
        ];
        let owners = match receipt.owners {
            Owners::Restored => Key::CertificateOwnersRestored,
            Owners::Mapped => Key::CertificateOwnersMapped,
        };
        vec![
            self.line(Key::CertificateKeyErased, self.key_erased(receipt)),
            self.line(
                Key::CertificateRead,
                self.0.text(Key::CertificateReadSays, &args),
            ),
            self.line(
                Key::CertificateChanged,
                self.0.text(Key::CertificateChangedSays, &changed),
            ),
            self.line(Key::CertificateOwners, self.0.say(owners)),
        ]
    }

    /// What a tablet counted, or what a person confirmed in the checklist's words.
    fn item(&self, receipt: &Receipt, it: &PolicyLine) -> Item {
        if receipt.voucher.is_some() {
            let key = Key::from_id(&format!("checklist-{}", it.item));
            return Item {
                item: key.map_or_else(|| it.item.clone(), |key| self.0.say(key)),
                counts: self.0.say(Key::CertificatePolicyConfirmed),
                is_left: false,
            };
        }
        let (found, left) = (it.found.to_string(), it.left.to_string());
        let args = [("found", Arg::Text(&found)), ("left", Arg::Text(&left))];
        Item {
            item: it.item.clone(),
            counts: self.0.text(Key::CertificatePolicyCounts, &args),
            is_left: it.left > 0,
        }
    }

    fn scope(&self, scope: Scope) -> String {
        self.0.say(match scope {
            Scope::Tablet => Key::CertificateScopeTablet,
            Scope::Directory => Key::CertificateScopeDirectory,
        })
    }

    fn vouches(&self, receipt: &Receipt) -> String {
        match &receipt.voucher {
            None => self.filled(
                Key::CertificateVouchesTablet,
                "version",
                &receipt.agent_version,
            ),
            Some(Voucher::Manager {
                manager, command, ..
            }) => {
                let args = [
                    ("manager", Arg::Text(manager)),
                    ("command", Arg::Text(command)),
                ];
                self.0.text(Key::CertificateVouchesManager, &args)
            }
            Some(Voucher::Person { operator }) => {
                self.filled(Key::CertificateVouchesPerson, "operator", operator)
            }
        }
    }

    fn key_erased(&self, receipt: &Receipt) -> String {
        self.0.say(if receipt.key_erased {
            Key::CertificateKeyErasedYes
        } else {
            Key::CertificateKeyErasedNo
        })
    }

    fn ended(&self, receipt: &Receipt) -> String {
        let (when, ms) = (self.moment(receipt.finished_at), receipt.monotonic_ms);
        let took = format!("{}.{:03}", ms / 1000, ms % 1000);
        let args = [("when", Arg::Text(&when)), ("seconds", Arg::Text(&took))];
        self.0.text(Key::CertificateEndedSays, &args)
    }

    fn previous(&self, receipt: &Receipt) -> String {
        receipt.previous.map_or_else(
            || self.0.say(Key::CertificatePreviousNone),
            |it| it.to_string(),
        )
    }

    fn statements(&self, it: &Certificate, receipt: &Receipt) -> Vec<String> {
        let means: &[Key] = match &receipt.voucher {
            None => &[Key::CertificateMeansClear, Key::CertificateMeansSoftwareKey],
            Some(Voucher::Manager { .. }) => &[Key::CertificateMeansManager],
            Some(Voucher::Person { .. }) => &[Key::CertificateMeansPerson],
        };
        let demo = match receipt.scope {
            Scope::Tablet => None,
            Scope::Directory => Some(Key::CertificateMeansDirectory),
        };
        let means = demo.into_iter().chain(means.iter().copied());
        let mut said: Vec<String> = means.map(|key| self.0.say(key)).collect();
        said.push(self.0.say(Key::CertificateSignatureFits));
        if it.breaks.is_empty() {
            said.push(self.0.say(Key::CertificateChainWhole));
        }
        said.extend(it.breaks.iter().map(|it| self.broken_chain(*it)));
        said
    }

    fn broken_chain(&self, it: Break) -> String {
        match it {
            Break::Gap { first, last } => {
                let (first, last) = (first.to_string(), last.to_string());
                let args = [("first", Arg::Text(&first)), ("last", Arg::Text(&last))];
                self.0.text(Key::CertificateChainGap, &args)
            }
            Break::Fork { seq } => self.filled(Key::CertificateChainFork, "number", &seq),
            Break::Elsewhere { seq } => self.filled(Key::CertificateChainElsewhere, "number", &seq),
        }
    }

    fn moment(&self, at: Moment) -> String {
        moment(self.0, at)
    }

    fn filled(&self, key: Key, name: &str, value: &impl ToString) -> String {
        self.0.text(key, &[(name, Arg::Text(&value.to_string()))])
    }

    fn line(&self, name: Key, value: String) -> Line {
        let (name, is_code) = (self.0.say(name), false);
        Line {
            name,
            value,
            is_code,
        }
    }

    fn code(&self, name: Key, value: String) -> Line {
        let is_code = true;
        Line {
            is_code,
            ..self.line(name, value)
        }
    }
}

/// "Friday 27 November 2026, 9:05am" on London's clock.
pub fn moment(catalogue: &Catalogue, at: Moment) -> String {
    let (day, (hour, minute)) = (at.day(), at.clock());
    let words = catalogue.day(day.weekday(), day.day_of_month(), day.month());
    let (year, clock) = (day.year().to_string(), catalogue.clock(hour, minute));
    let args = [
        ("day", Arg::Text(&words)),
        ("year", Arg::Text(&year)),
        ("clock", Arg::Text(&clock)),
    ];
    catalogue.text(Key::CertificateWhen, &args)
}

/// Only a tablet compares itself with the image; else it is what was asked for.
const fn image_key(receipt: &Receipt) -> Key {
    if receipt.voucher.is_some() {
        Key::CertificateImageAsked
    } else {
        Key::CertificateImage
    }
}

/// The technique and the way in which the agent did it, as the receipt says them.
fn technique(receipt: &Receipt) -> String {
    if receipt.voucher.is_some() {
        return receipt.technique.clone();
    }
    format!("{} ({})", receipt.technique, receipt.backend)
}

/// "1,234,567".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let head = (!head.is_empty()).then(|| head.to_owned());
    let rest = rest.as_bytes().chunks(3);
    let parts = head
        .into_iter()
        .chain(rest.map(|part| String::from_utf8_lossy(part).into_owned()));
    parts.collect::<Vec<_>>().join(",")
}
