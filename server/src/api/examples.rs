//! One example body for everything that can be asked for over the API, in an order
//! in which each is taken: the API's description and its page show them, and a test
//! sends every one of them to a real server. All people and places are made up.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    command::Whither,
    digest::Digest,
    dispute::Decision,
    ids::{
        BootId, BorrowerId, CommandId, DisputeId, HoldId, LoanId, Nonce, OperatorId, OrderId,
        StocktakeId, TabletId, TransferId, TripId, VenueId, WipeId,
    },
    image::ImageId,
    keys::SecretKey,
    kit::{Condition, Kit, KitPart},
    signed::{
        Envelope,
        receipt::{Outcome, Owners, Receipt, Scope},
    },
    tablet::{Flag, Presence, ProofKind, WithheldReason},
    time::Moment,
    trip::Errand,
    venue::{Calendar, Hours, VenueKind},
    wire::v1::{
        agent::{self, AgentState, Heartbeat, ReceiptDelivery},
        command::{KioskAction, KioskCommand},
        kiosk::{self, BorrowerRequest, Gap, RowsRequest},
        staff::{FindBorrower, StaffAction, StaffCommand},
    },
};

/// A library.
pub const LIBRARY: VenueId = VenueId::from_bytes([0x11; 16]);
/// Another one.
pub const BRANCH: VenueId = VenueId::from_bytes([0x12; 16]);
/// A community partner.
pub const PARTNER: VenueId = VenueId::from_bytes([0x13; 16]);
/// A member of staff who may act at all three.
pub const OPERATOR: OperatorId = OperatorId::from_bytes([0x21; 16]);
/// Their colleague.
pub const COLLEAGUE: OperatorId = OperatorId::from_bytes([0x22; 16]);
/// A made-up card.
pub const CARD: &str = "D1234567";
/// A made-up one-time code for a tablet.
pub const TABLET_CODE: &str = "EXAMPLECODEOFATABLET234567";
/// A made-up one-time code for a kiosk.
pub const KIOSK_CODE: &str = "EXAMPLECODEOFAKIOSKS234567";
/// A loan of the second tablet that was renewed near its end.
pub const OLD_LOAN: LoanId = loan(2);
/// The same of the third tablet of the partner.
pub const OLD_LOAN_OF_PARTNER: LoanId = loan(13);
/// A box on its way to the partner.
pub const BOX_TO_PARTNER: TransferId = TransferId::from_bytes([0x4e; 16]);
/// A dispute about the seventh tablet.
pub const DISPUTE: DisputeId = DisputeId::from_bytes([0x71; 16]);

/// The tablet of this number.
pub const fn tablet(number: u8) -> TabletId {
    TabletId::from_bytes([0xa0 + number; 16])
}

/// The borrower of this number.
pub const fn borrower(number: u8) -> BorrowerId {
    BorrowerId::from_bytes([0x30 + number; 16])
}

const fn loan(number: u8) -> LoanId {
    LoanId::from_bytes([0x40 + number; 16])
}

const fn command_id(series: u8, number: u8) -> CommandId {
    let mut bytes = [series; 16];
    bytes[15] = number;
    CommandId::from_bytes(bytes)
}

/// The key of the examples' kiosk.
pub fn kiosk_key() -> SecretKey {
    SecretKey::from_seed(&[0x61; 32])
}

/// The key that the examples' new tablet speaks with.
pub fn link_key() -> SecretKey {
    SecretKey::from_seed(&[0x62; 32])
}

/// The key that it proves its resets with.
pub fn proof_key() -> SecretKey {
    SecretKey::from_seed(&[0x63; 32])
}

/// What an operator's program asks for, and whose key it has.
pub fn staff(now: Moment) -> Vec<(OperatorId, StaffCommand)> {
    let asked = [loans(), flags_and_queues(now), wipes(), moves()];
    let asked = asked.into_iter().flatten().zip(1..);
    asked
        .map(|((operator, venue, action), number)| {
            let id = command_id(0x51, number);
            (operator, StaffCommand { id, venue, action })
        })
        .collect()
}

type Asked = (OperatorId, VenueId, StaffAction);

const fn at_library(action: StaffAction) -> Asked {
    (OPERATOR, LIBRARY, action)
}

fn loans() -> Vec<Asked> {
    let with_all = Kit::from([KitPart::Charger, KitPart::Cable, KitPart::Case]);
    [
        change_venue(),
        StaffAction::SetKit {
            tablet: tablet(1),
            parts: with_all,
        },
        StaffAction::CheckOut {
            tablet: tablet(1),
            loan: loan(1),
            borrower: borrower(1),
            overriding: None,
        },
        StaffAction::Renew { loan: OLD_LOAN },
        StaffAction::Return {
            tablet: tablet(1),
            loan: Some(loan(1)),
            presence: Presence::InHand,
            code: None,
            missing_parts: Kit::from([KitPart::Cable]),
            condition: Condition::Worn,
        },
        // The return above.
        StaffAction::Undo {
            command: command_id(0x51, 5),
        },
        StaffAction::ReportBack { tablet: tablet(1) },
        StaffAction::Return {
            tablet: tablet(2),
            loan: None,
            presence: Presence::StickerOnly,
            code: None,
            missing_parts: Kit::new(),
            condition: Condition::NotSeen,
        },
        StaffAction::StartReset {
            tablet: tablet(2),
            code: None,
        },
    ]
    .map(at_library)
    .into()
}

fn change_venue() -> StaffAction {
    let hours = Hours::new(9 * 60, 17 * 60).expect("a day's hours");
    StaffAction::ChangeVenue {
        name: "Demo Library".to_owned(),
        place: VenueKind::Library,
        calendar: Calendar {
            closed_weekdays: BTreeSet::from([6]),
            closures: BTreeSet::from(["2030-12-25".parse().expect("a day")]),
            hours: BTreeMap::from([(0, hours)]),
        },
    }
}

fn flags_and_queues(now: Moment) -> Vec<Asked> {
    let (withheld, hold) = (
        Flag::Withheld(WithheldReason::ByStaff),
        HoldId::from_bytes([0x72; 16]),
    );
    let (tablet, trip) = (tablet(3), TripId::from_bytes([0x73; 16]));
    [
        StaffAction::SetFlag {
            tablet,
            flag: Flag::Damaged,
        },
        StaffAction::ClearFlag {
            tablet,
            flag: Flag::Damaged,
        },
        StaffAction::SetFlag {
            tablet,
            flag: withheld,
        },
        StaffAction::ClearFlag {
            tablet,
            flag: withheld,
        },
        StaffAction::CloseDispute {
            dispute: DISPUTE,
            decision: Decision::StillOut,
        },
        StaffAction::PlaceHold {
            hold,
            borrower: borrower(3),
            needs: Kit::from([KitPart::Charger]),
        },
        StaffAction::PlanTrip {
            trip,
            errand: Errand::Deliver(hold),
            on: now.day().plus_days(7),
        },
        StaffAction::CallOffTrip { trip },
        StaffAction::CancelHold { hold },
    ]
    .map(at_library)
    .into()
}

fn wipes() -> Vec<Asked> {
    let (wipe, tablet) = (WipeId::from_bytes([0x74; 16]), tablet(3));
    [
        (OPERATOR, StaffAction::AskWipe { wipe, tablet }),
        (COLLEAGUE, StaffAction::AgreeWipe { wipe }),
        (OPERATOR, StaffAction::CallOffWipe { wipe }),
        (OPERATOR, StaffAction::StopWipes {}),
        (COLLEAGUE, StaffAction::AllowWipes {}),
    ]
    .map(|(operator, action)| (operator, LIBRARY, action))
    .into()
}

fn moves() -> Vec<Asked> {
    let transfer = TransferId::from_bytes([0x75; 16]);
    let stocktake = StocktakeId::from_bytes([0x76; 16]);
    let (to, short) = (BRANCH, false);
    let boxed = tablet(4);
    let sent = vec![boxed];
    [
        (
            LIBRARY,
            StaffAction::Send {
                transfer,
                to,
                tablets: sent.clone(),
            },
        ),
        (BRANCH, StaffAction::Receive { tablet: boxed }),
        (BRANCH, StaffAction::EndTransfer { transfer, short }),
        (
            BRANCH,
            StaffAction::TakeStock {
                stocktake,
                seen: sent,
            },
        ),
        (
            LIBRARY,
            StaffAction::Relocate {
                tablet: tablet(5),
                whither: Whither::Missing,
            },
        ),
        (PARTNER, StaffAction::HandOn { tablet: tablet(6) }),
        (PARTNER, StaffAction::RenewKeys { tablet: tablet(6) }),
    ]
    .map(|(venue, action)| (OPERATOR, venue, action))
    .into()
}

/// What a kiosk at the partner's tells: its series from the first fact on.
pub fn kiosk(now: Moment) -> Vec<KioskCommand> {
    let told = kiosk_actions().into_iter().zip(1..);
    told.map(|(action, number)| KioskCommand {
        id: command_id(0x52, number),
        origin_seq: u64::from(number),
        operator: Some(OPERATOR),
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action,
    })
    .collect()
}

fn kiosk_actions() -> Vec<KioskAction> {
    let (lent, again, out, boxed) = (tablet(11), tablet(12), tablet(13), tablet(14));
    vec![
        KioskAction::check_out(lent, loan(11), borrower(4)),
        // The check out above.
        KioskAction::Undo {
            command: command_id(0x52, 1),
        },
        KioskAction::check_out(again, loan(12), borrower(4)),
        KioskAction::came_back(again, Some(loan(12)), Presence::StickerOnly),
        KioskAction::StartReset {
            tablet: again,
            code: None,
        },
        KioskAction::Renew {
            loan: OLD_LOAN_OF_PARTNER,
        },
        KioskAction::ReportBack { tablet: out },
        KioskAction::HandOn { tablet: out },
        KioskAction::Receive { tablet: boxed },
        KioskAction::EndTransfer {
            transfer: BOX_TO_PARTNER,
            short: false,
        },
        KioskAction::ClearFlag {
            tablet: boxed,
            flag: Flag::PartMissing,
        },
        KioskAction::TakeStock {
            stocktake: StocktakeId::from_bytes([0x77; 16]),
            seen: vec![tablet(6), lent, again, out, boxed],
        },
    ]
}

/// How a kiosk asks for its identity.
pub fn kiosk_enrol() -> kiosk::EnrolRequest {
    kiosk::EnrolRequest {
        id: command_id(0x53, 1),
        code: KIOSK_CODE.to_owned(),
        key: kiosk_key().public(),
    }
}

/// How a kiosk asks for what changed.
pub const fn rows() -> RowsRequest {
    RowsRequest {
        after: 0,
        wait_ms: 0,
        head: None,
        unread: 0,
    }
}

/// How a kiosk says that it cannot tell facts again which the server lost. These
/// were taken before, so nothing changes.
pub const fn gap() -> Gap {
    Gap {
        first: 1,
        last: 1,
        series: 0,
    }
}

/// How a kiosk looks a borrower up.
pub fn kiosk_borrower() -> BorrowerRequest {
    BorrowerRequest {
        card: CARD.to_owned(),
        operator: OPERATOR,
    }
}

/// How an operator's program looks a borrower up.
pub fn staff_borrower() -> FindBorrower {
    FindBorrower {
        card: CARD.to_owned(),
        venue: LIBRARY,
    }
}

/// How a tablet's agent asks for its identity.
pub fn agent_enrol() -> agent::EnrolRequest {
    agent::EnrolRequest {
        id: command_id(0x54, 1),
        code: TABLET_CODE.to_owned(),
        serial: "SN-EXAMPLE".to_owned(),
        model: "Demo tablet".to_owned(),
        link_key: link_key().public(),
        proof_key: proof_key().public(),
    }
}

/// What a tablet tells of itself.
pub fn heartbeat() -> Heartbeat {
    Heartbeat {
        seq: 1,
        boot: BootId::from_bytes([0x78; 16]),
        state: AgentState::New,
        epoch: 1,
        order_counter: 0,
        battery_percent: Some(80),
        charging: Some(false),
        storage_free_bytes: Some(1 << 34),
        modem: None,
        image: None,
        staged: None,
        last_used_ms_ago: None,
        answer: None,
        believes: None,
        agent_version: "0.1.0".to_owned(),
    }
}

/// A receipt in its signed envelope. It repeats a nonce that only its order knows,
/// so this one is answered with a signed "no".
pub fn receipt(now: Moment) -> ReceiptDelivery {
    let receipt = Receipt {
        order: OrderId::from_bytes([0x79; 16]),
        nonce: Nonce::from_bytes([0x7a; 16]),
        epoch: 1,
        tablet: tablet(15),
        serial: "SN-EXAMPLE".to_owned(),
        model: "Demo tablet".to_owned(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Mapped,
        technique: "clear".to_owned(),
        backend: "manifest".to_owned(),
        agent_version: "0.1.0".to_owned(),
        image: ImageId(Digest::of(b"an example")),
        outcome: Outcome::Verified,
        files_verified: 12,
        bytes_verified: 4096,
        deleted: 3,
        restored: 1,
        policy: Vec::new(),
        key_erased: false,
        started_at: now.plus_ms(-60_000),
        finished_at: now,
        monotonic_ms: 60_000,
        seq: 1,
        previous: None,
        voucher: None,
        new_keys: None,
    };
    ReceiptDelivery {
        id: command_id(0x54, 2),
        receipt: Envelope::sign(&receipt, &proof_key()).to_json(),
    }
}
