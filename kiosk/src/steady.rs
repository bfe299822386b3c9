//! A code counts once two frames in a row agree on it. While two tablets slide
//! into view, one of them can be readable for a single frame before the other is:
//! taken at once, it would be the wrong one half of the time.

use crate::reader::Sight;

/// Remembers what the last frame read.
#[derive(Debug, Default)]
pub struct Steady {
    last: Option<String>,
}

impl Steady {
    /// The sight, if it may be acted on; `None` where a code has to be seen again.
    pub fn handle(&mut self, sight: Sight) -> Option<Sight> {
        let text = match &sight {
            Sight::One(code) => Some(code.text.clone()),
            Sight::Nothing | Sight::Several | Sight::Torn => None,
        };
        let agrees = text.is_none() || text == self.last;
        self.last = text;
        agrees.then_some(sight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Code;

    fn one(text: &str) -> Sight {
        let corners = [(0.0, 0.0); 4];
        let text = text.to_owned();
        Sight::One(Code { text, corners })
    }

    #[test]
    fn a_code_counts_from_the_second_frame_that_agrees() {
        let mut steady = Steady::default();
        assert_eq!(steady.handle(one("a")), None);
        assert_eq!(steady.handle(one("a")), Some(one("a")));
        assert_eq!(steady.handle(one("a")), Some(one("a")));
    }

    #[test]
    fn one_of_two_that_is_readable_for_a_single_frame_is_never_taken() {
        let mut steady = Steady::default();
        for sight in [
            one("a"),
            Sight::Several,
            one("b"),
            one("a"),
            Sight::Torn,
            one("a"),
        ] {
            let passed = steady.handle(sight);
            assert!(!matches!(passed, Some(Sight::One(_))), "{passed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_at_once() {
        let mut steady = Steady::default();
        for sight in [Sight::Nothing, Sight::Several, Sight::Torn] {
            assert_eq!(steady.handle(sight.clone()), Some(sight));
        }
    }
}
