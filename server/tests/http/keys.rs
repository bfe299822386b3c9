//! The server's keys change at a terminal while it runs.

use std::fs;

use server::vouched::CHECKLIST;
use shared::{signed::order::Order, tablet::StateWord};

use crate::{
    checklist::{PATH, confirm, taking_words},
    world::{OPERATOR, World, server_key, server_keys},
};

#[test]
fn the_next_heartbeat_is_answered_with_the_keys_that_were_put_into_their_file_meanwhile() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-042");
    let (path, rotated) = (world.folder().server_key(), server_keys().rotate([50; 32]));
    let whole = rotated.to_bytes();
    // What is not whole, or not there, changes nothing.
    for file in [None, Some(&whole[..whole.len() / 2])] {
        if let Some(half) = file {
            fs::write(&path, half).unwrap();
        }
        let answered = tablet.heartbeat();
        assert_eq!(answered.0.keyrings, []);
        answered.reset_order();
    }
    fs::write(&path, &whole).unwrap();
    let answer = tablet.heartbeat().0;
    assert_eq!(answer.keyrings, [rotated.keyring().clone()]);
    assert_eq!((answer.order, answer.stage), (None, None), "nothing signed");
    tablet.believes = Some(rotated.public().id());
    let answer = tablet.heartbeat().0;
    assert_eq!(answer.keyrings, []);
    let order = answer.order.unwrap();
    assert!(order.open::<Order>(&rotated.public()).is_ok());
    assert!(order.open::<Order>(&server_key().public()).is_err());
}

#[test]
fn a_persons_word_is_signed_and_believed_by_the_key_in_use_after_it_changed() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    let rotated = server_keys().rotate([50; 32]);
    fs::write(world.folder().server_key(), rotated.to_bytes()).unwrap();
    let key = world.operator(OPERATOR).key;
    let confirmed = confirm(&world, &CHECKLIST, &key);
    assert_eq!(confirmed.status, 303, "{PATH}: {}", confirmed.text());
    assert_eq!(world.look(tablet.id).word(), StateWord::Ready);
    let certificate = world.team_page(&confirmed.headers["location"]);
    assert!(certificate.contains("The signature was checked for this page, and it fits"));
}
