//! What the tablet says of the image that it is to have at hand.

use super::*;

#[test]
fn an_image_is_told_of_once_its_seal_was_seen_and_it_is_at_hand() {
    let mut agent = Agent::new();
    let mut sealed = |bytes: &[u8], whole| {
        let sealed = ImageId(Digest::of(bytes));
        let seal = Seal {
            image: sealed,
            release: "t".into(),
            manifest_bytes: 1,
        };
        let effects = agent.answered(|_, answer| {
            answer.stage = Some(Envelope::sign(&seal, &server()));
        });
        if effects.contains(&Effect::Stage(seal)) {
            let image = sealed;
            agent.handle(Input::Staged { image, whole });
        }
        agent.beat().staged == Some(sealed)
    };
    assert!(sealed(b"image", false), "it is at hand");
    assert!(!sealed(b"newer", false));
    assert!(sealed(b"newer", true));
    assert!(!sealed(b"newest", false));
    assert!(sealed(b"image", false));
}
