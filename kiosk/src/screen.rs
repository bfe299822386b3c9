//! What a person sees, as plain data: every string is worded already, every
//! button carries the [`Touch`] it stands for. `view` makes a [`Screen`] from
//! the flow's state, `ui` paints it, the play door prints it as JSON; none of
//! them needs to know the others. Relies on serde alone.

mod touch;

use serde::{Deserialize, Serialize};

pub use touch::{Reason, Touch};

/// One picture on the kiosk: the bar across the top and what is below it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Screen {
    /// The bar across the top.
    pub header: Header,
    /// Everything below the bar.
    pub body: Body,
    /// How it is drawn for this person.
    pub look: Look,
}

/// How a screen is drawn for the person in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Look {
    /// "Bigger" was pressed: what is small grows to 1.3 times its size, what is
    /// large already (headlines, buttons) to 1.15 times.
    pub bigger: bool,
    /// Black on white with heavy outlines, from the same tokens.
    pub high_contrast: bool,
    /// Nothing moves for people who asked for less motion.
    pub still: bool,
}

/// The bar across the top. What is `None` or empty is not drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Header {
    /// What is being done, for example "Bring a tablet back".
    pub title: Option<String>,
    /// Where this kiosk stands.
    pub venue: Option<String>,
    /// Whether the server answers; for staff only.
    pub connection: Option<Connection>,
    /// Who is signed in, for staff sessions.
    pub operator: Option<String>,
    /// One button a language, each in its own script.
    pub languages: Vec<LanguageButton>,
    /// Buttons at the right end, in this order: read to me, bigger, stop.
    pub buttons: Vec<Button>,
}

/// Whether the server answers, in a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// True while the server answers.
    pub online: bool,
    /// The word beside the shape.
    pub text: String,
}

/// A language that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LanguageButton {
    /// Its own name in its own script, and [`Touch::Language`].
    pub button: Button,
    /// The language of this screen.
    pub chosen: bool,
}

/// A button: its words and what pressing it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    /// The words on it, which are also what a screen reader says.
    pub text: String,
    /// What pressing it means.
    pub touch: Touch,
}

impl Button {
    /// A button with these words that means this touch.
    pub fn new(text: impl Into<String>, touch: Touch) -> Self {
        let text = text.into();
        Self { text, touch }
    }
}

/// A large coloured button with a second line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// The first, larger line and its touch.
    pub button: Button,
    /// The second line; may be empty.
    pub detail: String,
}

/// What fills the screen below the bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// "Hello. What would you like to do?"
    First(First),
    /// The camera looks for a tag, a badge or a card.
    Scan(Scan),
    /// Staff check the kit of a tablet that came back.
    ConfirmReturn(ConfirmReturn),
    /// The borrower is asked whether everything is saved.
    ConfirmBorrowerReturn(Notice),
    /// Staff see borrower, tablet and due day before handing over.
    HandOver(HandOver),
    /// A borrower's card is scanned or its number typed.
    FindBorrower(Typing),
    /// A tablet's number is typed because its tag will not scan.
    TypeNumber(Typing),
    /// Something was done, and may be said so.
    Done(Notice),
    /// It cannot be done here; somebody will help.
    Refer(Notice),
    /// A yes-or-no question.
    Question(Notice),
    /// Tablets are scanned one after the other.
    Sweep(Sweep),
    /// A question with a few answers, one below the other.
    Choice(Choice),
    /// An answer is on its way; nothing is promised yet.
    Wait(Notice),
    /// What a signed-in operator can do, with the tray's list.
    StaffHome(StaffHome),
    /// The camera gives no picture.
    CameraLost(Notice),
}

/// The first screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct First {
    /// The greeting and question.
    pub headline: String,
    /// The green tile.
    pub borrow: Tile,
    /// The blue tile.
    pub bring_back: Tile,
    /// Bold start of the line under the tiles ("No card?").
    pub note_lead: String,
    /// Rest of that line.
    pub note: String,
    /// The plain button below.
    pub keep_longer: Tile,
    /// The button that fetches a person.
    pub help: Tile,
}

/// One of the steps across the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its words, without the number.
    pub text: String,
    /// How far it is.
    pub progress: Progress,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Done: shown with a tick.
    Done,
    /// What the person does now: shown bold with its number.
    Current,
    /// Not begun.
    Ahead,
}

/// The camera's screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scan {
    /// Steps across the top; none for a staffed scan.
    pub steps: Vec<Step>,
    /// What to do with the hands.
    pub headline: String,
    /// What the camera sees, or what to try.
    pub hint: Hint,
    /// What is drawn over the camera's picture.
    pub sight: Sight,
    /// What a screen reader says for the camera's picture.
    pub picture_text: String,
    /// "It will not scan. Call staff." and the like; at most two.
    pub buttons: Vec<Button>,
}

/// Tablets are scanned one after the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sweep {
    /// What to do with the hands.
    pub headline: String,
    /// What the last scan was, or what to try.
    pub hint: Hint,
    /// What is drawn over the camera's picture.
    pub sight: Sight,
    /// What a screen reader says for the camera's picture.
    pub picture_text: String,
    /// Found, still to find, not expected.
    pub counts: [Count; 3],
    /// The numbers that are still to be found, as far as there is room.
    pub to_find: String,
    /// How many more there are; may be empty.
    pub more: String,
    /// All are scanned.
    pub main: Button,
    /// Quieter buttons beside it; one at most.
    pub others: Vec<Button>,
}

/// How many of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Colour and shape.
    pub tone: Tone,
    /// How many.
    pub number: String,
    /// Of what.
    pub text: String,
}

/// A short message in a coloured panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// Colour and shape of the panel.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

/// The colour and shape of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Tells; blue.
    Calm,
    /// Went well; green with a tick.
    Good,
    /// Asks for something; amber.
    Ask,
    /// Something needs attention; red with a triangle.
    Alert,
}

/// What is drawn over the camera's picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// Nothing seen yet: an open frame in the middle.
    Looking,
    /// A code was found: the frame closes on these four corners, clockwise
    /// from the code's own top left.
    Found([Corner; 4]),
}

/// A point of the camera's picture in thousandths of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Corner {
    /// Thousandths from the left edge.
    pub x: u16,
    /// Thousandths from the top edge.
    pub y: u16,
}

/// A message with at most two lines of explanation, a main button and quieter
/// ones. Done, refer, question, wait and camera lost are all of this form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// Steps across the top; may be empty.
    pub steps: Vec<Step>,
    /// The tablet this is about, by its short number.
    pub tablet: Option<String>,
    /// Two short sentences at most.
    pub headline: String,
    /// What happens next; three short lines at most.
    pub lines: Vec<String>,
    /// The one main button, or none while waiting.
    pub main: Option<Button>,
    /// Quieter buttons beside it; at most two.
    pub others: Vec<Button>,
}

/// A question with a few answers, one below the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The tablet this is about.
    pub tablet: TabletCard,
    /// The question.
    pub headline: String,
    /// What an answer means, before it is given; two short lines at most.
    pub lines: Vec<String>,
    /// The answers; three at most.
    pub choices: Vec<Button>,
    /// The safe way on.
    pub main: Button,
}

/// Staff check what came back with a tablet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfirmReturn {
    /// "Is everything here?"
    pub headline: String,
    /// What to do: tap what is missing.
    pub hint: String,
    /// The tablet that came back.
    pub tablet: TabletCard,
    /// "Damaged": pressed or not.
    pub damaged: Toggle,
    /// "All here, looks fine", or what was marked.
    pub main: Button,
    /// Quieter buttons beside it; at most two.
    pub others: Vec<Button>,
}

/// A button that stays pressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Toggle {
    /// Its words and touch.
    pub button: Button,
    /// Pressed.
    pub on: bool,
}

/// A tablet in a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TabletCard {
    /// The word "Tablet".
    pub caption: String,
    /// Its short number, drawn with slashed zeros.
    pub number: String,
    /// Its state: shape and word.
    pub state: StateChip,
    /// One line about it, for example when it was last checked.
    pub line: String,
    /// What its readiness rests on; empty where it is not ready.
    pub rests_on: String,
    /// What belongs to it, as pictures.
    pub kit: Vec<KitPicture>,
}

/// A state as people see it: a shape and its word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StateChip {
    /// Shape and colours.
    pub state: StateLook,
    /// The word; colour and shape only help.
    pub word: String,
}

/// The shapes and colours of the states people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateLook {
    /// A tick.
    Ready,
    /// A half moon.
    OnLoan,
    /// A turning arrow.
    Resetting,
    /// A clock.
    NotYetReset,
    /// A triangle.
    NeedsAttention,
    /// An arrow to the right.
    Travelling,
    /// A flag.
    PutAside,
    /// A ring with nothing in it: missing or lost.
    Missing,
    /// A bar: retired or given away.
    Gone,
}

/// One thing of the kit, drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KitPicture {
    /// Which drawing.
    pub part: KitPart,
    /// Its word.
    pub text: String,
    /// What a screen reader says, for example "charger: missing".
    pub says: String,
    /// Here, or missing.
    pub here: bool,
    /// Pressing the picture; none where it is only shown.
    pub touch: Option<Touch>,
}

/// What belongs to a tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KitPart {
    /// The tablet itself.
    Tablet,
    /// What goes into the wall.
    Charger,
    /// Between charger and tablet.
    Cable,
    /// Around the tablet.
    Case,
    /// The bag that everything is carried in.
    Bag,
    /// The printed guide.
    Guide,
    /// A pen.
    Stylus,
    /// For the ears.
    Headset,
    /// With large keys.
    Keyboard,
}

/// Borrower, tablet and due day, before a tablet is handed over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HandOver {
    /// Who takes it.
    pub borrower: BorrowerCard,
    /// What they take.
    pub tablet: TabletCard,
    /// Start of the due line ("Due back").
    pub due_lead: String,
    /// The due day in words ("Saturday 12 December").
    pub due_day: String,
    /// The main button.
    pub main: Button,
    /// Quieter buttons beside it; at most two.
    pub others: Vec<Button>,
}

/// A borrower in a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BorrowerCard {
    /// The word "Borrower".
    pub caption: String,
    /// First name and initial.
    pub name: String,
    /// One line, for example the card's last digits and what is on loan.
    pub line: String,
    /// Short facts in frames, such as a wish for help.
    pub facts: Vec<String>,
}

/// Something typed on the keypad.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Typing {
    /// What to do.
    pub headline: String,
    /// What happens with it, or what was not right with the last one.
    pub hint: Hint,
    /// The field's name, for screen readers and above the field.
    pub caption: String,
    /// What never changes in front of the typed text, for example "WGN-".
    pub prefix: String,
    /// What has been typed so far.
    pub typed: String,
    /// Words for the key that rubs out the last digit; it is only drawn.
    pub rub_out: String,
    /// The main button; does nothing until there is enough typed.
    pub main: Button,
    /// Whether there is enough typed.
    pub ready: bool,
    /// Quieter buttons; at most two.
    pub others: Vec<Button>,
}

/// What a signed-in operator can do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StaffHome {
    /// The green tile.
    pub check_out: Tile,
    /// The blue tile.
    pub take_back: Tile,
    /// Below them: what is done less often; two at most.
    pub others: Vec<Button>,
    /// Tablets that wait for their reset.
    pub tray: Tray,
}

/// Tablets that came back unattended and wait for an operator (R19).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tray {
    /// "In the tray".
    pub headline: String,
    /// What to do with them, or that there are none.
    pub hint: String,
    /// At most three rows are drawn.
    pub rows: Vec<TrayRow>,
    /// Shows the next rows where there are more.
    pub more: Option<Button>,
}

/// A tablet in the tray.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrayRow {
    /// Its short number.
    pub number: String,
    /// Its state.
    pub state: StateChip,
    /// Since when it waits.
    pub since: String,
    /// "Start now"; none once the reset is ordered.
    pub start: Option<Button>,
}
