//! One example of everything that a call answers, whole: nothing that may be left out
//! is. The API's description shows them, and a test compares them with what a real
//! server answers. All people and places are made up.

use std::collections::BTreeSet;

use shared::{
    digest::Digest,
    dispute::{Decision, DisputeCause},
    head::Head,
    ids::{DisputeId, HoldId, KioskId, LoanId, OrderId, TransferId, WipeId},
    image::ImageId,
    keys::SecretKey,
    kit::{self, Kit, KitPart},
    readiness::{Matter, Warning},
    refusal::Refusal,
    signed::{
        Envelope,
        keyring::Keyring,
        seal::Seal,
        verdict::{Answer, Verdict},
    },
    tablet::{Flag, OverrideReason, ProofKind, StateWord},
    time::{Day, Moment},
    venue::{Calendar, VenueKind},
    wire::v1::{
        agent::{self, HeartbeatAnswer, LoanCard, ReceiptAnswer, StillGotIt},
        kiosk::{
            self, BorrowerCard, CommandAnswer, OperatorRow, ProofKindRow, ProofRow, PutAsideRow,
            Rows, RulesRow, TabletRow,
        },
        lists::{
            DecisionRow, DisputeOpen, Disputes, FlagRow, HoldRow, Holds, Me, NotKnownTold,
            ReadinessRow, RefusalTold, StaffTablet, TabletPage, TransferRow, Transfers, VenueRow,
            WarningTold, WipeRow, Wipes,
        },
        refusal::RefusalBody,
    },
};

use super::examples::{BRANCH, COLLEAGUE, LIBRARY, OPERATOR, PARTNER, borrower, link_key, tablet};

/// The examples' server speaks with this key.
fn server_key() -> SecretKey {
    SecretKey::from_seed(&[0x64; 32])
}

fn loan() -> LoanId {
    LoanId::from_bytes([0x4d; 16])
}

fn in_a_week(now: Moment) -> Day {
    now.day().plus_days(7)
}

/// A command that is taken, and one that a rule refuses.
pub fn command() -> [CommandAnswer; 2] {
    let refusal = not_ready();
    [
        CommandAnswer::Accepted { cursor: 812 },
        CommandAnswer::Refused { refusal },
    ]
}

fn not_ready() -> RefusalBody {
    let word = StateWord::Resetting;
    RefusalBody(Refusal::TabletNotReady { word })
}

/// A tablet that is enrolled.
pub fn agent_enrolled() -> agent::Enrolled {
    agent::Enrolled {
        tablet: tablet(15),
        number: "WGN-915".parse().expect("a number"),
        server_key: server_key().public(),
        keyring: keyring(),
    }
}

fn keyring() -> Envelope {
    let [next, recovery] = [0x65, 0x66].map(|seed| SecretKey::from_seed(&[seed; 32]).public());
    let current = server_key().public();
    let keyring = Keyring {
        current,
        next,
        recovery,
    };
    keyring.begin(&server_key())
}

/// A heartbeat that is answered with all that it can be.
pub fn heartbeat(now: Moment) -> HeartbeatAnswer {
    let seal = Seal {
        image: image(),
        release: "2026.1".to_owned(),
        manifest_bytes: 4096,
    };
    HeartbeatAnswer {
        now,
        next_call_ms: 900_000,
        keyrings: vec![keyring()],
        order: Some(Envelope::sign(&verdict(), &server_key())),
        stage: Some(Envelope::sign(&seal, &server_key())),
        ask: Some(StillGotIt { loan: loan() }),
        loan: Some(LoanCard {
            loan: loan(),
            due_on: in_a_week(now),
        }),
    }
}

/// The server's signed word on a receipt.
pub fn receipt() -> ReceiptAnswer {
    ReceiptAnswer {
        verdict: Envelope::sign(&verdict(), &server_key()),
    }
}

fn verdict() -> Verdict {
    Verdict {
        tablet: tablet(15),
        order: OrderId::from_bytes([0x79; 16]),
        receipt: Digest::of(b"an example"),
        answer: Answer::Accepted,
    }
}

fn image() -> ImageId {
    ImageId(Digest::of(b"an example"))
}

/// A kiosk that is enrolled.
pub fn kiosk_enrolled() -> kiosk::Enrolled {
    kiosk::Enrolled {
        kiosk: KioskId::from_bytes([0x61; 16]),
        venue: PARTNER,
        venue_name: "Demo Partner".to_owned(),
        tag_host: "LIBRARY.EXAMPLE".parse().expect("a host"),
        server_key: server_key().public(),
    }
}

/// What changed since a kiosk's position.
pub fn rows(now: Moment) -> Rows {
    let operators = vec![OperatorRow {
        operator: OPERATOR,
        name: "Demo Librarian".to_owned(),
        badge: Digest::of(b"an example"),
    }];
    Rows {
        facts_taken: 7,
        series: 1,
        rules: Some(rules(now)),
        tablets: vec![tablet_row(now)],
        operators: Some(operators),
        heads: vec![Head {
            seq: 812,
            hash: Digest::of(b"an example"),
        }],
        ..Rows::none(812, now)
    }
}

fn rules(now: Moment) -> RulesRow {
    let mut calendar = Calendar::default();
    calendar.closures.insert(in_a_week(now));
    RulesRow {
        loan_days: 21,
        open_loans_max: Some(1),
        proof_kinds: vec![ProofKindRow(ProofKind::TabletProven)],
        calendar,
    }
}

fn tablet_row(now: Moment) -> TabletRow {
    TabletRow {
        venue: Some(LIBRARY),
        loan: Some(loan()),
        due_on: Some(in_a_week(now)),
        proof: Some(ProofRow {
            kind: ProofKind::TabletProven,
            proven_at: now,
        }),
        image_withdraw_on: Some(in_a_week(now)),
        link_key: Some(link_key().public()),
        missing_parts: a_stylus(),
        lent_by_override: Some(OverrideReason::Urgent),
        put_aside: Some(put_aside(now)),
        ..TabletRow::new(
            tablet(1),
            "WGN-901".parse().expect("a number"),
            Digest::of(b"an example"),
            StateWord::PutAside,
        )
    }
}

fn a_stylus() -> Kit {
    BTreeSet::from([KitPart::Stylus])
}

fn put_aside(now: Moment) -> PutAsideRow {
    PutAsideRow {
        initials: Some("D.B.".to_owned()),
        until: Some(in_a_week(now)),
    }
}

/// A borrower, found by card.
pub fn borrower_found(now: Moment) -> BorrowerCard {
    BorrowerCard {
        borrower: borrower(1),
        short_name: "Demo B.".to_owned(),
        card_ends: "567".to_owned(),
        open_loans: 0,
        due_on: in_a_week(now),
    }
}

/// Whose key it is.
pub fn me() -> Me {
    let venue = |venue, name: &str, place| VenueRow {
        venue,
        name: name.to_owned(),
        place,
    };
    Me {
        operator: OPERATOR,
        venues: vec![
            venue(LIBRARY, "Demo Library", VenueKind::Library),
            venue(PARTNER, "Demo Partner", VenueKind::Partner),
        ],
    }
}

/// A page of the fleet with one tablet of which everything is to be said.
pub fn tablets(now: Moment) -> TabletPage {
    let number = "WGN-901".parse().expect("a number");
    let it = StaffTablet {
        tablet: tablet(1),
        number,
        serial: "SN-EXAMPLE".to_owned(),
        model: "Demo tablet".to_owned(),
        venue: Some(LIBRARY),
        loan: Some(loan()),
        due_on: Some(in_a_week(now)),
        kit: kit::standard(),
        missing_parts: a_stylus(),
        flags: vec![FlagRow(Flag::PartMissing)],
        reported_back: false,
        lent_by_override: Some(OverrideReason::Urgent),
        put_aside: Some(put_aside(now)),
        last_seen_at: Some(now),
        readiness: readiness(),
    };
    TabletPage {
        tablets: vec![it],
        next: Some(number),
    }
}

fn readiness() -> ReadinessRow {
    ReadinessRow {
        word: StateWord::Resetting,
        refusals: vec![RefusalTold {
            refusal: not_ready(),
            sentence: "This tablet is not ready to lend: Resetting.".to_owned(),
            next: "Take one that says Ready. Leave this one on charge.".to_owned(),
        }],
        warnings: vec![WarningTold {
            warning: Warning::BatteryLow { percent: 12 },
            sentence: "The battery is low: 12 %.".to_owned(),
            next: "Charge it first.".to_owned(),
        }],
        not_known: vec![NotKnownTold {
            matter: Matter::Sim,
            sentence: "Nobody has said how its SIM stands.".to_owned(),
        }],
    }
}

/// The queue of a venue.
pub fn holds(now: Moment) -> Holds {
    Holds {
        holds: vec![HoldRow {
            hold: HoldId::from_bytes([0x91; 16]),
            initials: Some("D.B.".to_owned()),
            needs: a_stylus(),
            placed_at: now,
            tablet: Some("WGN-901".parse().expect("a number")),
            until: Some(in_a_week(now)),
        }],
        more: false,
    }
}

/// Disputes that wait for a person.
pub fn disputes(now: Moment) -> Disputes {
    Disputes {
        disputes: vec![DisputeOpen {
            dispute: DisputeId::from_bytes([0x71; 16]),
            cause: DisputeCause::ReturnContested,
            number: Some("WGN-907".parse().expect("a number")),
            loan: Some(loan()),
            raised_at: now,
            allowed: vec![DecisionRow(Decision::ReturnedThen)],
        }],
        more: false,
    }
}

/// Wipes that have not begun.
pub fn wipes(now: Moment) -> Wipes {
    Wipes {
        wipes: vec![WipeRow {
            wipe: WipeId::from_bytes([0x81; 16]),
            tablet: tablet(1),
            asked_by: OPERATOR,
            asked_at: now,
            agreed_by: Some(COLLEAGUE),
            starts_at: Some(now.plus_ms(600_000)),
        }],
        more: false,
        stopped_by: Some(COLLEAGUE),
    }
}

/// Boxes that are on their way.
pub fn transfers() -> Transfers {
    Transfers {
        transfers: vec![TransferRow {
            transfer: TransferId::from_bytes([0x4e; 16]),
            from: LIBRARY,
            to: BRANCH,
            sent: 5,
            left: 2,
        }],
        more: false,
    }
}
