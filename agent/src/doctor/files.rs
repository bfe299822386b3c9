//! What the tablet keeps: who it is, its keys and who can read them, its records, what it
//! was told to do, and the image that it resets to.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use shared::signed::receipt::Scope;

use super::Check;
use crate::{
    disk::{
        folder::Folder,
        slots::{Slots, SlotsError},
    },
    enrol::STATE,
    identity,
    images::Images,
    own_keys::{LINK_KEY, OwnKeys, PROOF_KEY},
    place::Place,
    reset::{
        backend::{
            Kind,
            probe::{self, CannotDo},
        },
        journal,
        policy::Policy,
    },
    settings::Settings,
};

const ENROL: &str = "tablet-agent enrol --help";

pub fn examine(place: &Place) -> Vec<Check> {
    let mut checks = vec![
        identity(place),
        key(place, "link key", &place.link_dir(), LINK_KEY),
        key(place, "proof key", &place.proof_dir(), PROOF_KEY),
        record("state", &place.link_dir(), STATE),
        record("journal", &place.proof_dir(), journal::NAME),
        settings(place),
        policy(place),
        backend(place),
        image(place),
    ];
    checks.extend(backends(place));
    checks
}

/// Each role keeps its own copy; a tablet that is two is none.
fn identity(place: &Place) -> Check {
    let name = "identity";
    let copy = |folder: PathBuf| identity::load(&Folder::to_look_at(&folder));
    match (copy(place.proof_dir()), copy(place.link_dir())) {
        (Ok(Some(proof)), Ok(Some(link))) if proof == link => {
            Check::right(name, format_args!("enrolled as {}", proof.number))
        }
        (Ok(Some(_)), Ok(Some(_))) => Check::wrong(
            name,
            "`run` and `reset` each know another tablet",
            "move both their folders aside and enrol it again",
        ),
        (Ok(_), Ok(_)) => Check::wrong(name, "not enrolled", ENROL),
        (Err(why), _) | (_, Err(why)) => Check::wrong(name, format_args!("{why:#}"), ENROL),
    }
}

/// A key that others can read is everybody's.
fn key(place: &Place, what: &'static str, folder: &Path, name: &'static str) -> Check {
    let path = folder.join(name);
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(why) => return Check::wrong(what, unread(name, &why), ENROL),
    };
    if found.mode() & 0o077 != 0 {
        let next = "enrol the tablet again: somebody may have it";
        return Check::wrong(what, format_args!("others can read {name}"), next);
    }
    if what == "proof key" && place.scope() == Scope::Tablet && found.uid() != 0 {
        let next = "enrol the tablet again: somebody may have it";
        return Check::wrong(what, format_args!("{name} is not root's"), next);
    }
    match OwnKeys::new(Folder::to_look_at(folder), name).current() {
        Ok(_) => Check::right(what, format_args!("{name} is its owner's alone")),
        Err(why) => Check::wrong(what, format_args!("{why:#}"), ENROL),
    }
}

/// Both copies are whole.
fn record(what: &'static str, folder: &Path, name: &'static str) -> Check {
    match Slots::open(Folder::to_look_at(folder), name) {
        Ok((_, Some(loaded))) if loaded.fell_back => Check::wrong(
            what,
            "one of its two copies is damaged",
            "the next reset writes both anew",
        ),
        Ok((_, Some(_))) => Check::right(what, "whole"),
        Ok((_, None)) => Check::wrong(what, "nothing is kept yet", "wait for the first reset"),
        Err(SlotsError::Disk(_, why)) => Check::wrong(what, unread(what, &why), "run this as root"),
        Err(why @ SlotsError::Damaged(_)) => Check::wrong(what, why, ENROL),
    }
}

fn settings(place: &Place) -> Check {
    match Settings::load(place) {
        Ok(_) => Check::right("agent.toml", "understood, or not there"),
        Err(why) => Check::wrong("agent.toml", why, "mend it: `run` and `reset` do not begin"),
    }
}

fn policy(place: &Place) -> Check {
    let name = "policy.toml";
    match Policy::load(place.root(), place.scope()) {
        Ok(policy) => {
            let items = policy.items.len();
            Check::right(name, format_args!("{items} things that a loan leaves"))
        }
        Err(why) => Check::wrong(name, why, "mend it: no reset begins"),
    }
}

/// What the next reset would do, and why the better ways cannot be used here.
fn backend(place: &Place) -> Check {
    let name = "reset by";
    let Ok(settings) = Settings::load(place) else {
        return Check::wrong(name, "not known", "mend agent.toml");
    };
    if !is_enrolled(place) {
        return Check::wrong(name, "not tried yet", ENROL);
    }
    let wish = settings.wish();
    match probe::choose(place, &wish) {
        Ok(kind) => Check::right(name, kind),
        Err((kind, why)) => Check::wrong(
            name,
            format_args!("{kind} cannot be used: {why}"),
            "set backend = \"auto\" in agent.toml",
        ),
    }
}

/// Each backend is tried in a folder of `reset`, which nobody makes before.
fn is_enrolled(place: &Place) -> bool {
    place.proof_dir().is_dir()
}

/// Each backend, and why it cannot be used where it cannot.
fn backends(place: &Place) -> Vec<Check> {
    // Settings that are not right are said by themselves; what they wish is not known.
    let Ok(settings) = Settings::load(place) else {
        return Vec::new();
    };
    if !is_enrolled(place) {
        return Vec::new();
    }
    let found = probe::report(place, &settings.wish());
    let check = |(kind, found): (Kind, Result<(), CannotDo>)| match found {
        Ok(()) => Check::right(kind.name(), "this tablet can").for_interest(),
        Err(why) => {
            let next = "nothing, if another one will do";
            Check::wrong(kind.name(), why, next).for_interest()
        }
    };
    found.into_iter().map(check).collect()
}

fn image(place: &Place) -> Check {
    let whole = Images::below(&place.link_dir()).whole();
    match whole {
        Ok(whole) if whole.is_empty() => Check::wrong(
            "image",
            "none is here whole",
            "`run` fetches it when the server is reached",
        ),
        Ok(whole) => Check::right("image", format_args!("{} here whole", whole.len())),
        Err(why) => Check::wrong("image", why, "run this as root"),
    }
}

fn unread(name: &str, why: &io::Error) -> impl fmt::Display {
    match why.kind() {
        io::ErrorKind::NotFound => format!("{name} is not there"),
        io::ErrorKind::PermissionDenied => format!("{name} cannot be read: run this as root"),
        _other => format!("{name} cannot be read: {why}"),
    }
}
