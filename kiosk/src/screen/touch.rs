//! Everything a person can do to a screen.

use serde::{Deserialize, Serialize};

use super::KitPart;

/// Why a tablet is lent against a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Somebody would be cut off from help without it.
    Urgent,
    /// The operator reset it by hand and saw it empty.
    ResetByHand,
    /// Whoever it was kept for has agreed.
    HolderAgreed,
    /// The digital team said so.
    TeamDecided,
}

/// Everything a person can do to a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Touch {
    /// First screen: borrow a tablet.
    Borrow,
    /// First screen: bring a tablet back.
    BringBack,
    /// First screen: keep it longer.
    KeepLonger,
    /// First screen: I need help.
    NeedHelp,
    /// It will not scan: call staff.
    CallStaff,
    /// The tag will not scan: type the tablet's number.
    TypeNumber,
    /// Leave what is being done; nothing is kept.
    Stop,
    /// Seen; back to the first screen.
    Finish,
    /// Go on to the next screen.
    Continue,
    /// Try the same again.
    TryAgain,
    /// Asked whether anybody is there: yes.
    MoreTime,
    /// Speak this screen.
    ReadToMe,
    /// Larger text, or back to the usual size.
    Bigger,
    /// Change the language, by its code ("en").
    Language(String),
    /// Yes.
    Yes,
    /// No.
    No,
    /// Help to save photos and messages before a return.
    HelpMeSave,
    /// Show how to sign out of accounts.
    ShowMe,
    /// Staffed return: all here, looks fine; or: take it with what is marked.
    AllHere,
    /// Staffed return: this part is missing, or is here after all.
    PartMissing(KitPart),
    /// Staffed return: it is damaged, or is not after all.
    Damaged,
    /// Check out: hand over.
    HandOver,
    /// Check out: something is not right.
    NotRight,
    /// Check out: lend it although a rule holds it back.
    LendAnyway,
    /// Check out: it is lent anyway for this reason.
    Because(Reason),
    /// Check out: do not lend this one, but another to the same person.
    TakeAnother,
    /// Undo what was just done.
    Undo,
    /// A digit of the keypad.
    Digit(char),
    /// Rub out the last digit.
    Backspace,
    /// What is typed is complete.
    Enter,
    /// Staff: check out a tablet.
    StaffCheckOut,
    /// Staff: take a tablet back.
    StaffReturn,
    /// Tray: start the reset of this tablet now, by its short number.
    StartReset(String),
    /// Staff: count the tablets of the venue.
    CountShelf,
    /// Staff: take tablets out of a box.
    UnpackBox,
    /// Sweep: all are scanned.
    SweepOver,
    /// Sweep: what was not scanned is not there.
    ReportMissing,
    /// Tray: show more rows.
    MoreRows,
    /// Staff: sign out.
    SignOut,
    /// A key of a hand scanner or keyboard; `'\n'` ends what was typed and then
    /// presses no button, `'\u{8}'` rubs out.
    KeyTyped(char),
}
