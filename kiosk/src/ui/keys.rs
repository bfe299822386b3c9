//! Tells what is typed from what presses a button. A hand scanner types a burst
//! that ends with Enter; that Enter, and any space inside, must not press the
//! control that happens to have the focus. No clock is needed: while something
//! typed waits for its Enter, the keyboard belongs to the typing.

const ENTER: char = '\n';
const BACKSPACE: char = '\u{8}';

/// What was heard of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The character to pass on.
    pub typed: Option<char>,
    /// The key belongs to the typing and presses nothing.
    pub taken: bool,
}

/// Remembers whether something typed waits for its Enter.
#[derive(Debug, Default)]
pub struct Keys {
    typing: bool,
}

impl Keys {
    /// A key was pressed; `text` is slint's text for it.
    pub fn hear(&mut self, text: &str) -> Heard {
        let Some(ch) = text.chars().next() else {
            return Heard {
                typed: None,
                taken: false,
            };
        };
        if !types(ch) {
            self.typing &= !moves_focus(ch);
            return Heard {
                typed: None,
                taken: false,
            };
        }
        let taken = self.typing || !matches!(ch, ENTER | ' ');
        self.typing = taken && ch != ENTER;
        let typed = taken.then_some(ch);
        Heard { typed, taken }
    }
}

/// A character or the two keys that edit; slint's names for other keys are
/// control characters and the private use area.
fn types(ch: char) -> bool {
    let private = ('\u{e000}'..='\u{f8ff}').contains(&ch);
    matches!(ch, ENTER | BACKSPACE) || !(ch.is_control() || private)
}

fn moves_focus(ch: char) -> bool {
    matches!(ch, '\t' | '\u{19}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear_all(keys: &mut Keys, text: &str) -> Vec<Heard> {
        text.chars().map(|ch| keys.hear(&ch.to_string())).collect()
    }

    #[test]
    fn a_burst_with_its_enter_is_typed_and_presses_nothing() {
        let heard = hear_all(&mut Keys::default(), "0 42\n");
        assert!(heard.iter().all(|key| key.taken));
        let typed: String = heard.iter().filter_map(|key| key.typed).collect();
        assert_eq!(typed, "0 42\n");
    }

    #[test]
    fn enter_and_space_alone_press_what_has_the_focus() {
        let heard = hear_all(&mut Keys::default(), "\n \n");
        assert!(heard.iter().all(|key| !key.taken && key.typed.is_none()));
    }

    #[test]
    fn enter_presses_again_after_a_burst_has_ended() {
        let mut keys = Keys::default();
        hear_all(&mut keys, "042\n");
        assert!(!keys.hear("\n").taken);
    }

    #[test]
    fn moving_the_focus_ends_the_typing() {
        let mut keys = Keys::default();
        assert!(keys.hear("4").taken);
        assert!(!keys.hear("\t").taken);
        assert!(!keys.hear("\n").taken);
    }

    #[test]
    fn shift_and_arrows_are_neither_typed_nor_taken() {
        let mut keys = Keys::default();
        for key in ["\u{10}", "\u{f700}", ""] {
            assert_eq!(
                keys.hear(key),
                Heard {
                    typed: None,
                    taken: false
                }
            );
        }
        assert!(keys.hear("A").taken);
        assert!(!keys.hear("\u{10}").taken);
        assert!(
            keys.hear("\n").taken,
            "shift inside a burst does not end it"
        );
    }
}
