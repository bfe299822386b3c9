//! A tablet that is right, and one thing wrong with it after the other.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, SystemTime},
};

use shared::{
    image::Manifest,
    wire::v1::manifest::{image_id, to_bytes},
};

use super::{
    machine::{asks_the_gate, clock_is_after, host_and_port},
    *,
};
use crate::{
    clock::moment,
    disk::slots::Slots,
    enrol::STATE,
    gate::tests::ready_directory,
    identity,
    images::Images,
    orders::VERDICT,
    own_keys::{LINK_KEY, OwnKeys, PROOF_KEY},
    settings::{FILE, FOLDER},
};

struct Tablet {
    folder: tempfile::TempDir,
    place: Place,
    _server: TcpListener,
}

impl Tablet {
    fn that_is_right() -> Self {
        let (folder, place) = ready_directory();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut link, mut proof) = (place.link_disk().unwrap(), place.proof_disk().unwrap());
        let mut identity = identity::load(&proof).unwrap().unwrap();
        identity.server = format!("http://{}", server.local_addr().unwrap());
        identity::save(&mut link, &identity).unwrap();
        identity::save(&mut proof, &identity).unwrap();
        for (disk, name) in [(&link, LINK_KEY), (&proof, PROOF_KEY)] {
            OwnKeys::new(disk.clone(), name).current_or_new().unwrap();
        }
        let (mut slots, _) = Slots::open(link, STATE).unwrap();
        slots.save(b"{}").unwrap();
        let manifest = to_bytes(&Manifest::new("t".into(), Vec::new()).unwrap());
        let images = Images::below(&place.link_dir());
        images
            .store_manifest(image_id(&manifest), &manifest)
            .unwrap();
        Self {
            folder,
            place,
            _server: server,
        }
    }

    fn wrong(&self) -> Vec<&'static str> {
        let report = examine(&self.place, &Clock::system().unwrap());
        let wrong = report.checks.iter().filter(|it| it.needed && !it.ok);
        let names: Vec<&str> = wrong.map(|it| it.name).collect();
        assert_eq!(report.lendable, names.is_empty());
        assert!(report.checks.iter().all(|it| it.ok != it.next.is_some()));
        names
    }
}

#[test]
fn a_tablet_on_which_all_is_right_can_be_lent() {
    let tablet = Tablet::that_is_right();
    assert_eq!(tablet.wrong(), Vec::<&str>::new());
    let report = examine(&tablet.place, &Clock::system().unwrap());
    assert!(report.to_string().ends_with("This tablet can be lent."));
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(told["lendable"], true);
    assert_eq!(told["checks"][0]["name"], "identity");
}

#[test]
fn each_thing_that_is_wrong_is_named_and_alone() {
    let tablet = Tablet::that_is_right();
    let proof = tablet.place.proof_dir();
    let open = Permissions::from_mode(0o644);
    fs::set_permissions(proof.join(PROOF_KEY), open).unwrap();
    assert_eq!(tablet.wrong(), ["proof key"]);

    let tablet = Tablet::that_is_right();
    fs::remove_file(tablet.place.link_dir().join(VERDICT)).unwrap();
    assert_eq!(tablet.wrong(), ["gate"]);

    let tablet = Tablet::that_is_right();
    fs::remove_dir_all(tablet.place.link_dir().join("manifests")).unwrap();
    assert_eq!(tablet.wrong(), ["image"]);

    let tablet = Tablet::that_is_right();
    let settings = tablet.folder.path().join(FOLDER);
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("policy.toml"), "format = 9").unwrap();
    assert_eq!(tablet.wrong(), ["policy.toml"]);
    fs::remove_file(settings.join("policy.toml")).unwrap();
    fs::write(settings.join(FILE), "backend = \"btrfs\"").unwrap();
    assert_eq!(tablet.wrong(), ["reset by"]);
}

#[test]
fn a_damaged_copy_of_the_journal_shuts_the_gate_and_is_named() {
    let tablet = Tablet::that_is_right();
    fs::write(tablet.place.proof_dir().join("journal.a"), "x").unwrap();
    assert_eq!(tablet.wrong(), ["journal", "gate"]);
}

#[test]
fn a_server_that_takes_no_connection_is_named() {
    let tablet = Tablet::that_is_right();
    let Tablet {
        folder,
        place,
        _server: server,
    } = tablet;
    drop(server);
    let report = examine(&place, &Clock::system().unwrap());
    let server = report.checks.iter().find(|it| it.name == "server").unwrap();
    assert!(!server.ok && !report.lendable, "{server:?}");
    drop(folder);
}

#[test]
fn a_machine_that_nobody_enrolled_is_told_the_next_step_and_nothing_is_made_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::directory(folder.path()).unwrap();
    let report = examine(&place, &Clock::system().unwrap());
    assert!(!report.lendable);
    assert!(report.to_string().contains("tablet-agent enrol --help"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_clock_that_went_back_is_wrong() {
    let now = SystemTime::now();
    let before = moment(now - Duration::from_hours(24));
    assert!(clock_is_after(Some(now), moment(now)).ok);
    assert!(clock_is_after(None, before).ok);
    assert!(!clock_is_after(Some(now), before).ok);
}

#[test]
fn pam_asks_the_gate_where_the_line_is_there_and_not_only_spoken_of() {
    let profile = include_str!("../../package/pam-config");
    let line = profile.lines().last().unwrap().trim();
    assert!(asks_the_gate(&format!("account {line}\n")));
    assert!(!asks_the_gate(&format!("# account {line}\n")));
    assert!(!asks_the_gate(
        "account optional pam_exec.so /usr/bin/tablet-agent gate"
    ));
}

#[test]
fn a_servers_port_is_the_one_that_it_says_or_its_kinds_own() {
    let port = |server| host_and_port(server);
    assert_eq!(port("https://a.example/"), Some("a.example:443".into()));
    assert_eq!(
        port("https://a.example:8443"),
        Some("a.example:8443".into())
    );
    assert_eq!(port("http://[::1]"), Some("[::1]:80".into()));
    assert_eq!(port("http://[::1]:8080"), Some("[::1]:8080".into()));
    assert_eq!(port("ftp://a"), None);
}
