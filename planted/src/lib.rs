//! Bugs that are planted on purpose: each stands in the product's own code, at the very
//! line that keeps a rule, and is a mistake that a good engineer might make. One build
//! holds them all. `cargo xtask planted` chooses one at a time, and the rig that is to
//! catch it must.
//!
//! A site asks `planted!(SkipIdCheck)`. Only where the feature `armed` is on and the
//! variable `PLANTED` names that bug is the answer yes. Without the feature it is `false`
//! before anything is compiled, so nothing at all is left of it in what ships; and a build
//! that ships refuses the feature.

/// The variable that names the bug of this run.
pub const VARIABLE: &str = "PLANTED";

#[cfg(all(feature = "armed", not(debug_assertions)))]
compile_error!("a build without assertions ships, and what ships has no planted bugs");

/// Whether this bug is planted in this run: `planted!(SkipIdCheck)`.
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        $crate::is_planted($crate::Bug::$bug)
    };
}

/// Each bug with what is broken, and the rule that it breaks.
macro_rules! bugs {
    ($(#[doc = $what:literal] $bug:ident breaks $rule:literal,)+) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $(#[doc = $what] $bug,)+
        }

        impl Bug {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$bug),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => stringify!($bug),)+
                }
            }

            /// What is broken, in a sentence.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$bug => $what.trim_ascii(),)+
                }
            }

            /// The rule of the domain that it breaks; else what keeps strangers out.
            pub const fn rule(self) -> &'static str {
                match self {
                    $(Self::$bug => $rule,)+
                }
            }
        }
    };
}

// Neighbours are caught by different rigs, so that every share of them tries several.
bugs! {
    /// A sticker alone has a returned tablet reset.
    ResetWithoutPresence breaks "R19",
    /// The server's writes are acknowledged before the disk has them.
    SyncNormal breaks "R5",
    /// No index keeps a second loan of one tablet from being open.
    DropLoanIndex breaks "R1",
    /// The digital team's pages are shown to whoever asks.
    SkipSignIn breaks "access",
    /// The number of an order need not be greater than that of the last one begun.
    AcceptsReplay breaks "R10",
    /// What the home holds after a reset is not compared with the image.
    SkipVerify breaks "R2",
    /// A tablet that is put aside is lent to anybody.
    HoldForAnybody breaks "R7",
    /// A kiosk's facts are acknowledged before its disk has them.
    KioskSyncNormal breaks "R5",
    /// The gate opens before the server has taken the proof.
    GateOpenUnanswered breaks "R2",
    /// A stamped request that was overheard is let in again.
    ReplayedRequest breaks "R4",
    /// A return that comes late ends the loan that was begun since.
    LateReturnEndsLoan breaks "R6",
    /// A kiosk notes how far its rows reach before it has stored them.
    CursorFirst breaks "R5",
    /// A receipt with another nonce than its order's is taken.
    SkipNonce breaks "R2",
    /// A form that another site's page sends is taken.
    FormsFromElsewhere breaks "access",
    /// The same operator asks for a wipe and agrees to it.
    OneOperatorWipes breaks "R9",
    /// A borrower's id stays on a kiosk's disk once the server has answered.
    BorrowerKept breaks "R13",
    /// A presence code is taken however old it is.
    StaleCode breaks "R19",
    /// A command that is known is decided again.
    SkipIdCheck breaks "R4",
    /// As many as like may wait to be written.
    UnboundedQueue breaks "R16",
    /// The next order has the number of the last one.
    OrderNumberStands breaks "R10",
    /// A receipt does not name the one before it.
    UnlinkedReceipt breaks "R2",
    /// A log entry's link does not reach back to the one before it.
    UnchainedLog breaks "R12",
    /// A kiosk thanks for a return before it is on its disk.
    ThanksTooEarly breaks "R5",
    /// Whatever its signature, a document counts as signed.
    SkipSignature breaks "R10",
    /// A kiosk takes word that its series went back for a no to what happened.
    SetBackForNo breaks "R6",
    /// A step of a reset is not on the disk when the next one begins.
    JournalUnsynced breaks "R11",
    /// Days begin at midnight of UTC and not of London.
    DueDayInUtc breaks "R8",
    /// A loan's key is removed, and its bytes stay on the disk.
    KeyLeft breaks "R11",
    /// A return by somebody who may not act there is refused.
    RefusesUnknownHands breaks "R3",
    /// A tablet's row does not follow when a flag is cleared.
    StaleRow breaks "R12",
}

impl Bug {
    /// The bug of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }
}

/// Whether this bug is planted in this run. Read once: a site may stand on a hot path.
///
/// A name that is no bug's ends the program, since a rig over it would prove nothing.
#[cfg(feature = "armed")]
pub fn is_planted(bug: Bug) -> bool {
    use std::sync::LazyLock;

    static PLANTED: LazyLock<Option<Bug>> = LazyLock::new(|| {
        let name = std::env::var(VARIABLE).ok()?;
        let bug = Bug::named(&name);
        if bug.is_none() {
            eprintln!("{VARIABLE}: there is no planted bug {name}");
            std::process::exit(2);
        }
        bug
    });
    *PLANTED == Some(bug)
}

/// No: this program has no test doors.
#[cfg(not(feature = "armed"))]
pub const fn is_planted(_bug: Bug) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_bug_is_found_by_its_name_and_says_in_a_sentence_what_is_broken() {
        for bug in Bug::ALL {
            assert_eq!(Bug::named(bug.name()), Some(*bug));
            assert!(bug.what().ends_with('.') && !bug.what().starts_with(' '));
        }
        let sentences: BTreeSet<_> = Bug::ALL.iter().map(|bug| bug.what()).collect();
        assert_eq!(sentences.len(), Bug::ALL.len());
        assert_eq!(Bug::named("SkipEverything"), None);
    }

    #[test]
    fn nothing_is_planted_where_nobody_asks() {
        assert!(!planted!(SkipIdCheck));
    }
}
