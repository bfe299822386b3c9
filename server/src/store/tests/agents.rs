//! Tablets on which no agent runs, and agents that come to them.

use shared::{
    command::{Action, EnrolAgent, EnrolTablet},
    digest::Digest,
    event::Actor,
    ids::CommandId,
    refusal::Refusal,
    tablet::{Reset, StateWord},
};

use super::world::{VENUE, World, agent_keys, council, refused, tablet_id};
use crate::store::{Code, CodeError, CodeFor, projection::TABLES};

#[test]
fn a_tablet_without_an_agent_has_no_keys_and_its_row_is_what_the_log_tells() {
    let mut world = council();
    world.ready(1);
    world.enrol_without_agent(2).unwrap();
    let before = world.tablet(2);
    assert_eq!((before.keys, before.word()), (None, StateWord::Resetting));
    assert_eq!(
        world.store.read().tablet_keys(tablet_id(2)).unwrap(),
        None,
        "nobody calls as one that has no agent"
    );
    let rows = world.every_row_of(&TABLES);
    world.store.rebuild_projections().unwrap();
    assert_eq!(world.every_row_of(&TABLES), rows);
    assert_eq!(world.tablet(2), before);
    let receipt = world.receipt(2, shared::signed::receipt::Outcome::Verified);
    let (_, own) = world.hand_in(2, &receipt);
    assert!(matches!(refused(own), Refusal::ReceiptNotSigned(_)));
}

#[test]
fn one_code_lets_one_agent_speak_for_the_tablet_that_it_was_made_for() {
    let mut world = council();
    world.enrol_without_agent(1).unwrap();
    let code = Code {
        hash: Digest::of(b"code"),
        whom: CodeFor::Agent {
            tablet: tablet_id(1),
            number: "WGN-001".parse().unwrap(),
            venue: VENUE,
        },
        expires_at: world.now.plus_ms(900_000),
    };
    world.store.add_code(&code).unwrap();
    let command = world.command(Actor::Server, World::agent(1));
    let ask = |world: &World, id| world.store.read().code(code.hash, world.now, id).unwrap();
    assert_eq!(ask(&world, command.id), Ok(code.whom));
    let mut work = world.work(&command);
    work.code = Some(code.hash);
    let works = [work];
    let answer = world.store.commit_batch(&works).unwrap().remove(0);
    assert!(answer.is_ok());
    assert_eq!(world.tablet(1).keys, Some(agent_keys(1)));
    assert_eq!(world.store.commit_batch(&works).unwrap(), [answer]);
    let other = CommandId::from_bytes([9; 16]);
    assert_eq!(ask(&world, other), Err(CodeError::Used));
    let second = world.server(World::agent(1));
    assert_eq!(refused(second), Refusal::AlreadyThere);
    world.prove(1).unwrap();
    assert!(matches!(world.tablet(1).reset, Reset::Proven(_)));
    let proof = &world.store.read().proofs_of(tablet_id(1)).unwrap()[0];
    assert_eq!(proof.key, Some(agent_keys(1).proof));
    let rows = world.every_row_of(&TABLES);
    world.store.rebuild_projections().unwrap();
    assert_eq!(world.every_row_of(&TABLES), rows);
}

#[test]
fn r4_the_same_id_with_other_keys_or_with_none_is_another_command() {
    let mut world = council();
    let with_keys = |keys| {
        let enrolment = World::enrolment(1);
        Action::EnrolTablet(EnrolTablet { keys, ..enrolment })
    };
    world.enrol_without_agent(2).unwrap();
    let agent = |keys| match World::agent(2) {
        Action::EnrolAgent(it) => Action::EnrolAgent(EnrolAgent { keys, ..it }),
        other => panic!("{other:?}"),
    };
    for (first, others) in [
        (
            with_keys(Some(agent_keys(1))),
            [with_keys(None), with_keys(Some(agent_keys(3)))],
        ),
        (
            agent(agent_keys(2)),
            [agent(agent_keys(3)), with_keys(Some(agent_keys(2)))],
        ),
    ] {
        let mut command = world.command(Actor::Server, first);
        let answer = world.send(&command);
        assert!(answer.is_ok());
        assert_eq!(world.send(&command), answer);
        for other in others {
            command.action = other;
            assert_eq!(refused(world.send(&command)), Refusal::CommandIdReused);
        }
    }
}
