//! What the stories below have in common: drafts, rows, an identity, ids by number.

use kiosk::{
    flow::Draft,
    mirror::Place,
    store::{Identity, Store},
};
use shared::{
    ids::{BorrowerId, CommandId, KioskId, LoanId, TabletId, VenueId},
    keys::SecretKey,
    tablet::Presence,
    time::Moment,
    wire::v1::command::KioskAction,
};

pub fn tablet() -> TabletId {
    TabletId::from_bytes([1; 16])
}

pub fn borrower() -> BorrowerId {
    BorrowerId::from_bytes(*b"canary borrower.")
}

pub fn id(number: u8) -> CommandId {
    CommandId::from_bytes([number; 16])
}

/// A return without a borrower.
pub fn returned(number: u8) -> Draft {
    draft(
        number,
        KioskAction::came_back(tablet(), None, Presence::StickerOnly),
    )
}

/// A check out, which names a borrower.
pub fn check_out(number: u8) -> Draft {
    draft(
        number,
        KioskAction::check_out(tablet(), LoanId::from_bytes([number; 16]), borrower()),
    )
}

fn draft(number: u8, action: KioskAction) -> Draft {
    Draft {
        id: id(number),
        operator: None,
        occurred_at: Moment::from_ms(1_790_000_000_000),
        clock_sure: true,
        seen: 7,
        action,
    }
}

pub fn place() -> Place {
    Place {
        venue: VenueId::from_bytes([3; 16]),
        venue_name: "Wigan Library".to_owned(),
        tag_host: "TABLETS.WIGAN".parse().unwrap(),
    }
}

pub fn server_key() -> SecretKey {
    SecretKey::from_seed(&[9; 32])
}

pub fn identity(server: &str) -> Identity {
    Identity {
        kiosk: KioskId::from_bytes([4; 16]),
        key: SecretKey::from_seed(&[5; 32]),
        server: server.to_owned(),
        server_key: server_key().public(),
        place: place(),
    }
}

/// Answers every fact that waits, in order, and says their places.
pub fn answer_all(store: &mut Store) -> Vec<u64> {
    let mut places = Vec::new();
    while let Some(fact) = store.next_unanswered().unwrap() {
        places.push(fact.command.origin_seq);
        store.answered(fact.command.id).unwrap();
    }
    places
}
