//! Certificates: the page, the signed document beside it, and what it says where the
//! stored receipt is not what was signed.

use shared::{
    digest::Digest,
    signed::{
        Envelope,
        receipt::{PolicyLine, Receipt},
    },
};

use crate::{
    browser::{Browser, DESK, PHONE},
    callers::{TabletCaller, send},
    fleet_page::{assert_no_violation, sign_in},
    world::World,
};

/// What a loan leaves outside the home, as many lines as a real list has.
fn policy() -> Vec<PolicyLine> {
    let names = [
        "wifi",
        "bluetooth",
        "printers",
        "print-spool",
        "temporary",
        "shared-memory",
        "runtime-folders",
        "ipc",
        "journal",
        "logins",
        "core-dumps",
        "swap",
        "cron",
        "at",
        "mail",
        "linger",
        "accounts",
        "passwd",
        "sudoers",
        "flatpaks",
        "caches",
        "display-manager",
        "time-zone",
        "locale",
        "host-name",
        "sim-messages",
        "sim-contacts",
        "snapshots",
    ];
    let line = |(n, item): (usize, &&str)| PolicyLine {
        item: (*item).to_owned(),
        found: u64::try_from(n % 4).unwrap(),
        left: 0,
    };
    names.iter().enumerate().map(line).collect()
}

/// A tablet whose reset is proven, and the digest of its receipt.
fn proven<'a>(world: &'a World, number: &str) -> (TabletCaller<'a>, Receipt, Digest) {
    let mut tablet = world.tablet(number);
    let order = tablet.heartbeat().reset_order();
    let mut receipt = tablet.receipt_for(&order);
    receipt.key_erased = true;
    "Clear (logical), cryptographic erase".clone_into(&mut receipt.technique);
    "fscrypt+overlay".clone_into(&mut receipt.backend);
    receipt.bytes_verified = 514_000_000;
    receipt.policy = policy();
    tablet.hand_in(&receipt);
    let digest = world.look(tablet.id).proof().unwrap().receipt;
    (tablet, receipt, digest)
}

fn tamper(world: &World, digest: Digest) {
    let file = world.folder().database();
    let changed = rusqlite::Connection::open(file)
        .unwrap()
        .execute(
            "UPDATE receipt SET envelope = CAST(replace(CAST(envelope AS TEXT), 'keyid', 'keyId')
             AS BLOB) WHERE digest = ?1",
            [digest.to_string()],
        )
        .unwrap();
    assert_eq!(changed, 1);
}

#[test]
fn the_fleet_page_leads_to_the_certificate_of_each_tablets_last_reset() {
    let world = World::start();
    let (tablet, _, digest) = proven(&world, "WGN-042");
    world.tablet("WGN-043");
    let fleet = world.team_page("/");
    let address = format!("/certificates/{digest}");
    assert_eq!(fleet.matches("/certificates/").count(), 1, "one was proven");
    assert!(fleet.contains(&address));
    let page = world.team_page(&address);
    assert!(page.contains("Certificate of the reset of tablet WGN-042"));
    assert!(page.contains("Clear (logical), cryptographic erase of the loan layer, verified"));
    assert!(page.contains(&tablet.serial) && page.contains("514,000,000 bytes"));
    assert!(page.contains("This is a demo: a folder played the tablet"));
    assert!(!page.to_lowercase().contains("purge"));
    world.lend(tablet.id, 0);
    assert!(
        world.team_page("/").contains(&address),
        "also while it is out"
    );
}

#[test]
fn the_document_beside_a_certificate_is_what_the_tablet_signed_byte_for_byte() {
    let world = World::start();
    let (tablet, receipt, digest) = proven(&world, "WGN-042");
    let document = world.team_page(&format!("/certificates/{digest}/receipt.json"));
    assert_eq!(Digest::of(document.as_bytes()), digest);
    let envelope = Envelope::from_json(document.as_bytes()).unwrap();
    assert_eq!(envelope.open(&tablet.proof.public()), Ok(receipt));
}

#[test]
fn a_receipt_that_was_tampered_with_is_said_plainly_and_nothing_in_it_is_shown() {
    let world = World::start();
    let (tablet, _, digest) = proven(&world, "WGN-042");
    tamper(&world, digest);
    let page = world.team_page(&format!("/certificates/{digest}"));
    assert!(page.contains("There is no certificate for this reset of tablet WGN-042"));
    assert!(page.contains("was altered after it was taken"));
    assert!(!page.contains(&tablet.serial) && !page.contains("514,000,000"));
}

#[test]
fn there_is_no_certificate_of_what_was_never_proven() {
    let world = World::start();
    let origin = format!("http://{}", world.address);
    let entered = send(&world, "POST", &world.link(), &[("origin", &origin)], b"");
    let cookie = entered.headers["set-cookie"].split(';').next().unwrap();
    for name in ["0".repeat(64), "nonsense".to_owned()] {
        for path in [
            format!("/certificates/{name}"),
            format!("/certificates/{name}/receipt.json"),
        ] {
            let reply = send(&world, "GET", &path, &[("cookie", cookie)], b"");
            assert_eq!(reply.status, 404, "{path}");
        }
    }
}

#[test]
fn a_certificate_is_without_fault_on_every_screen_and_prints_on_one_sheet() {
    let world = World::start();
    let (mut tablet, first, digest) = proven(&world, "WGN-042");
    let loan = world.lend(tablet.id, 3);
    world.take_back(tablet.id, Some(loan), shared::tablet::Presence::InHand);
    let order = tablet.heartbeat().reset_order();
    tablet.hand_in(&Receipt {
        seq: 2,
        previous: Some(digest),
        policy: first.policy,
        key_erased: true,
        ..tablet.receipt_for(&order)
    });
    let second = world.look(tablet.id).proof().unwrap().receipt;
    let address = world.url(&format!("/certificates/{second}"));
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    for (name, window, dark) in [
        ("certificate", DESK, false),
        ("certificate-phone", PHONE, false),
        ("certificate-dark", DESK, true),
    ] {
        browser.resize(window);
        browser.dark(dark);
        browser.open(&address);
        assert_no_violation(&browser, name);
        let wide = browser.run("return document.documentElement.scrollWidth > innerWidth;");
        assert_eq!(wide, false, "{name} has to be moved sideways");
        browser.picture(name, true);
    }
    browser.dark(false);
    browser.resize(DESK);
    browser.open(&address);
    assert_eq!(browser.printed("certificate"), 1, "sheets of A4");
    tamper(&world, second);
    browser.resize(DESK);
    browser.open(&address);
    assert_no_violation(&browser, "altered");
    browser.picture("certificate-altered", true);
}
