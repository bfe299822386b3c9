//! The machine: its rights, units, sign-in, clock, space, and the way to the server.

use std::{
    fs,
    net::{TcpStream, ToSocketAddrs as _},
    process::Command,
    time::{Duration, SystemTime},
};

use rustix::{fs::statvfs, process::geteuid};
use shared::time::Moment;

use super::Check;
use crate::{
    clock::{Clock, moment},
    disk::folder::Folder,
    enrol::STATE,
    identity,
    place::Place,
    probe::{battery, modem},
};

/// What holds wherever the tablet is played.
pub fn examine(place: &Place, clock: &Clock) -> Vec<Check> {
    vec![
        space(place),
        wall_clock(place, clock),
        server(place),
        battery_found(place),
        modem_found(place),
    ]
}

/// What only a whole tablet has.
pub fn examine_tablet(place: &Place) -> Vec<Check> {
    let mut checks = vec![rights(), systemd(place), pam(place)];
    checks.extend(UNITS.iter().map(|unit| active(unit)));
    checks
}

/// Most that a reset and its records need beside the image.
const FREE_BYTES_MIN: u64 = 64 << 20;

fn space(place: &Place) -> Check {
    let free = statvfs(place.root()).map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    match free {
        Ok(free) if free >= FREE_BYTES_MIN => {
            Check::right("space", format_args!("{} MiB free", free >> 20))
        }
        Ok(free) => Check::wrong(
            "space",
            format_args!("{} MiB free", free >> 20),
            format_args!("make room: a reset wants {} MiB", FREE_BYTES_MIN >> 20),
        ),
        Err(why) => Check::wrong("space", why, "look at the disk"),
    }
}

/// Orders do not rest on it; certificates of TLS do, and what a receipt says. A clock
/// that is before what was written last has lost its battery.
fn wall_clock(place: &Place, clock: &Clock) -> Check {
    let last = ["a", "b"].iter().filter_map(|side| {
        let path = place.link_dir().join(format!("{STATE}.{side}"));
        fs::symlink_metadata(path).ok()?.modified().ok()
    });
    clock_is_after(last.max(), clock.wall())
}

pub(super) fn clock_is_after(last: Option<SystemTime>, now: Moment) -> Check {
    match last.map(moment) {
        Some(last) if now.as_ms() < last.as_ms() => Check::wrong(
            "clock",
            "it is before what was last written",
            "set it: timedatectl set-ntp true",
        ),
        Some(_) | None => Check::right("clock", "not before what was last written"),
    }
}

const CONNECT: Duration = Duration::from_secs(5);

fn server(place: &Place) -> Check {
    let name = "server";
    let Ok(Some(identity)) = identity::load(&Folder::to_look_at(&place.link_dir())) else {
        return Check::wrong(name, "not known", "enrol the tablet");
    };
    let told = &identity.server;
    let Some(address) = host_and_port(told) else {
        return Check::wrong(name, format_args!("{told} is no address"), "enrol it again");
    };
    match connect(&address) {
        Ok(()) => Check::right(name, format_args!("{address} takes a connection")),
        Err(why) => Check::wrong(
            name,
            format_args!("{address} does not: {why}"),
            "look at the network, and whether the server is up",
        ),
    }
}

/// `host:port` of an address, where it says none by what it begins with.
pub(super) fn host_and_port(server: &str) -> Option<String> {
    let (scheme, rest) = server.split_once("://")?;
    let authority = rest.split('/').next().filter(|it| !it.is_empty())?;
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match scheme {
        _any if has_port => Some(authority.to_owned()),
        "https" => Some(format!("{authority}:443")),
        "http" => Some(format!("{authority}:80")),
        _other => None,
    }
}

fn connect(address: &str) -> std::io::Result<()> {
    let mut last = std::io::Error::other("it has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(_) => return Ok(()),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn battery_found(place: &Place) -> Check {
    let found = battery::read(place);
    let check = match found.percent {
        Some(percent) => Check::right("battery", format_args!("{percent} %")),
        None => Check::wrong("battery", "none is found", "nothing, if it has none"),
    };
    check.for_interest()
}

fn modem_found(place: &Place) -> Check {
    let check = match modem::read(place) {
        Some(reading) => Check::right("modem", reading.interface),
        None => Check::wrong("modem", "none is found", "nothing, if it has none"),
    };
    check.for_interest()
}

fn rights() -> Check {
    if geteuid().is_root() {
        return Check::right("rights", "root");
    }
    Check::wrong(
        "rights",
        "not root: much cannot be seen",
        "run this as root",
    )
}

fn systemd(place: &Place) -> Check {
    if place.root().join("run/systemd/system").is_dir() {
        return Check::right("systemd", "runs this machine");
    }
    let next = "the agent needs systemd to start `reset` and to keep it apart";
    Check::wrong("systemd", "does not run this machine", next)
}

/// What every way to sign in includes on Debian.
const PAM: &str = "etc/pam.d/common-account";

fn pam(place: &Place) -> Check {
    let next = "pam-auth-update --force, and choose “Tablet library”";
    match fs::read_to_string(place.root().join(PAM)) {
        Ok(text) if asks_the_gate(&text) => Check::right("sign-in", "PAM asks the gate"),
        Ok(_) => Check::wrong("sign-in", format_args!("{PAM} does not ask the gate"), next),
        Err(why) => Check::wrong("sign-in", format_args!("{PAM} cannot be read: {why}"), next),
    }
}

pub(super) fn asks_the_gate(text: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("account")
            && words.next() == Some("required")
            && line.trim_end().ends_with("/usr/bin/tablet-agent gate")
    })
}

const UNITS: [&str; 3] = [
    "tablet-agent.service",
    "tablet-reset.path",
    "tablet-mount.service",
];

fn active(unit: &'static str) -> Check {
    let asked = Command::new("systemctl").args(["is-active", unit]).output();
    let said = asked.map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned());
    let next = format!("systemctl enable --now {unit}");
    match said {
        Ok(state) if state == "active" => Check::right(unit, state),
        Ok(state) => Check::wrong(unit, state, next),
        Err(why) => Check::wrong(unit, format_args!("systemctl: {why}"), next),
    }
}
