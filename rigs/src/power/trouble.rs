//! What a disk refuses while it stays switched on: it is full, or it fails.

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No room is left: a write is done in part, a file is not made.
    Full,
    /// A write fails, and a part of it may have been done.
    WriteFails,
    /// A sync fails; what was written before it may be lost.
    SyncFails,
}

/// Trouble that begins at some operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What goes wrong.
    pub kind: Kind,
    /// So many operations that could go wrong are spared first.
    pub spared: usize,
    /// Whether all that follow go wrong as well, or the first one alone.
    pub lasts: bool,
}

/// Something that the disk is asked for and may refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Create,
    Write,
    Truncate,
    Sync,
}

impl Kind {
    /// The first two in a disk's life are by far the most usual.
    pub const ALL: [Self; 3] = [Self::Full, Self::WriteFails, Self::SyncFails];

    fn concerns(self, asked: Asked) -> bool {
        match self {
            Self::Full => matches!(asked, Asked::Create | Asked::Write),
            Self::WriteFails => matches!(asked, Asked::Write | Asked::Truncate),
            Self::SyncFails => asked == Asked::Sync,
        }
    }
}

/// The trouble that a disk is in, and how often it refused for it.
#[derive(Debug, Default)]
pub(super) struct Mood {
    trouble: Option<Trouble>,
    refused: usize,
}

impl Mood {
    pub(super) fn begin(&mut self, trouble: Trouble) {
        *self = Self {
            trouble: Some(trouble),
            refused: 0,
        };
    }

    /// Ends the trouble; how often the disk refused.
    pub(super) fn end(&mut self) -> usize {
        self.trouble = None;
        std::mem::take(&mut self.refused)
    }

    /// What goes wrong with this, if anything does.
    pub(super) fn meets(&mut self, asked: Asked) -> Option<Kind> {
        let trouble = self.trouble.as_mut()?;
        if !trouble.kind.concerns(asked) {
            return None;
        }
        if let Some(spared) = trouble.spared.checked_sub(1) {
            trouble.spared = spared;
            return None;
        }
        let kind = trouble.kind;
        if !trouble.lasts {
            self.trouble = None;
        }
        self.refused += 1;
        Some(kind)
    }
}
