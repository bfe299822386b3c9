//! The keys of receipts: the one that the order names, and new ones where it asks for them.

use shared::signed::new_keys::NewLinkKey;

use super::*;
use crate::orders::NEW_LINK_KEY;

impl Tablet {
    fn handed_naming(&self, counter: u64, proof_key: &SecretKey, asked: bool) -> Handed {
        let order = self.order(counter);
        let Task::Reset { image, nonce, .. } = order.task else {
            panic!("it is for a reset");
        };
        let task = Task::Reset {
            image,
            nonce,
            proof_key: proof_key.public(),
            new_keys: asked,
        };
        self.handed(&Order { task, ..order })
    }

    fn offer(&self, order: &Order, key: &SecretKey) {
        let paper = NewLinkKey {
            tablet: order.tablet,
            order: order.order,
            key: key.public(),
        };
        let offer = Envelope::sign(&paper, key).to_json();
        replace(&mut self.place.link_disk().unwrap(), NEW_LINK_KEY, &offer).unwrap();
    }

    fn last_receipt(&self) -> (Envelope, u64) {
        let journal = Journal::open(self.disk.clone()).unwrap();
        let name = receipt::file_name(journal.receipts());
        let bytes = self.receipts.read(&name).unwrap().unwrap();
        (Envelope::from_json(&bytes).unwrap(), journal.receipts())
    }
}

fn link() -> SecretKey {
    SecretKey::from_seed(&[8; 32])
}

#[test]
fn a_receipt_names_new_keys_where_its_order_asks_and_the_next_order_says_which_count() {
    let tablet = Tablet::new();
    tablet.offer(&tablet.order(1), &link());
    let asked = tablet.handed_naming(1, &proof(), true);
    assert_eq!(tablet.reset().carry_out(&asked).unwrap(), Ended::Verified);
    let (envelope, _) = tablet.last_receipt();
    let receipt: Receipt = envelope.open(&proof().public()).unwrap();
    let named = receipt.new_keys.unwrap();
    let keys = named.checked(&envelope, receipt.tablet, receipt.order);
    assert_eq!(keys.unwrap().link, link().public());
    let next = tablet.reset().keys.next().unwrap().unwrap();
    assert_eq!(next.public(), named.proof);
    // The library did not take it: the key of before signs on, and the same is named.
    let again = tablet.handed_naming(2, &proof(), true);
    tablet.offer(&tablet.order(2), &link());
    assert_eq!(tablet.reset().carry_out(&again).unwrap(), Ended::Verified);
    let (envelope, _) = tablet.last_receipt();
    let receipt: Receipt = envelope.open(&proof().public()).unwrap();
    assert_eq!(receipt.new_keys.unwrap().proof, next.public());
    // It did.
    let third = tablet.handed_naming(3, &next, false);
    assert_eq!(tablet.reset().carry_out(&third).unwrap(), Ended::Verified);
    let (envelope, count) = tablet.last_receipt();
    let receipt: Receipt = envelope.open(&next.public()).unwrap();
    assert_eq!((receipt.new_keys, count), (None, 3));
    assert!(envelope.open::<Receipt>(&proof().public()).is_err());
    // The key of before is gone, whoever asks for it.
    let old = tablet.handed_naming(4, &proof(), false);
    let refused = tablet.reset().carry_out(&old).unwrap_err();
    let why = NotHeld::OtherProofKey;
    assert!(matches!(refused, ResetError::NotHeld(it) if it == why));
    assert_eq!(tablet.last_receipt().1, 3, "nothing was begun");
}

#[test]
fn a_reset_is_proven_without_new_keys_where_no_link_key_for_it_is_offered() {
    let tablet = Tablet::new();
    for counter in 1..=3 {
        match counter {
            1 => {}
            2 => tablet.offer(&tablet.order(1), &link()),
            _ => replace(
                &mut tablet.place.link_disk().unwrap(),
                NEW_LINK_KEY,
                b"no paper",
            )
            .unwrap(),
        }
        let asked = tablet.handed_naming(counter, &proof(), true);
        assert_eq!(tablet.reset().carry_out(&asked).unwrap(), Ended::Verified);
        let (envelope, _) = tablet.last_receipt();
        let receipt: Receipt = envelope.open(&proof().public()).unwrap();
        assert_eq!(receipt.new_keys, None, "{counter}");
    }
}
