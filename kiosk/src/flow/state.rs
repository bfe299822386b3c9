//! What a kiosk shows and why, with exactly the data that it needs: what was
//! typed or looked up lives in its page alone and is gone with it.

use lang::{LANGUAGES, Language};

use crate::screen::Look;

/// What a kiosk shows and why.
#[derive(Clone, PartialEq)]
pub struct State {
    /// What is below the bar.
    pub page: Page,
    /// The server answers.
    pub online: bool,
    /// The language that was chosen.
    pub language: Language,
    /// How it is drawn for this person.
    pub look: Look,
}

/// What is below the bar.
#[derive(Clone, PartialEq)]
pub enum Page {
    /// "Hello. What would you like to do?"
    First,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            page: Page::First,
            online: false,
            language: LANGUAGES[0],
            look: Look::default(),
        }
    }
}
