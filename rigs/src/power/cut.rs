//! The power goes off: what of the operations since the last sync has reached the
//! disk. Any part of them may have, in any order, down to single sectors.

use std::collections::BTreeMap;

use super::tape::{FileId, Op, Remains, change, put};
use crate::dice::Dice;

/// A disk writes no less than this at once; a sector it was writing may be torn.
const SECTOR_BYTES: usize = 512;

/// Which of the operations since the last sync reached the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fashion {
    /// None.
    Nothing,
    /// All: the program ended and the disk went on.
    Everything,
    /// The first ones, in their order.
    InOrder,
    /// The first ones, and the next one in part.
    InOrderThenTorn,
    /// Any of them.
    Reordered,
    /// Any of them, and of any write some sectors, whole, in part or spoilt.
    Torn,
}

impl Fashion {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Everything,
        Self::InOrder,
        Self::InOrderThenTorn,
        Self::Reordered,
        Self::Torn,
    ];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing unsynced was kept",
            Self::Everything => "everything was kept",
            Self::InOrder => "the first unsynced operations were kept",
            Self::InOrderThenTorn => "the first unsynced operations were kept, the next in part",
            Self::Reordered => "some unsynced operations were kept",
            Self::Torn => "some unsynced sectors were kept",
        }
    }
}

/// What a power cut left.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The files.
    pub remains: Remains,
    /// Some write was kept in part.
    pub torn: bool,
    /// Something was kept although something before it was lost.
    pub reordered: bool,
}

/// What stands on a disk for certain, and what only may.
#[derive(Clone, Debug)]
pub struct Platter {
    names: BTreeMap<String, FileId>,
    certain: BTreeMap<FileId, Vec<u8>>,
    pending: Vec<Op>,
    dice: Dice,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    InPart,
    Lost,
}

impl Platter {
    /// A disk on which these files stand. They have the numbers that a
    /// [`super::disk::Disk`] holding them gives them.
    pub fn holding(remains: &Remains, dice: Dice) -> Self {
        let numbered = || (1..).map(FileId).zip(&remains.0);
        Self {
            names: numbered()
                .map(|(file, (name, _))| (name.clone(), file))
                .collect(),
            certain: numbered()
                .map(|(file, (_, bytes))| (file, bytes.clone()))
                .collect(),
            pending: Vec::new(),
            dice,
        }
    }

    /// Does the next operation of a tape.
    pub fn play(&mut self, op: &Op) {
        match op {
            Op::Sync { file } => self.settle(*file),
            Op::SyncFailed { file } => self.settle_in_part(*file),
            Op::SyncFolder => self.settle_names(),
            Op::Create { .. } | Op::Delete { .. } | Op::Write { .. } | Op::Truncate { .. } => {
                self.pending.push(op.clone());
            }
        }
    }

    /// Whether some operation since the last sync is of this file.
    pub fn pending_in(&self, name: &str) -> bool {
        let file = self.names.get(name);
        file.is_some_and(|file| self.pending.iter().any(|op| of(op) == Some(*file)))
    }

    /// An operation, in words.
    pub fn words(&self, op: &Op) -> String {
        match op {
            Op::Create { name, .. } => format!("{name} made"),
            Op::Delete { name } => format!("{name} deleted"),
            Op::Write { file, .. } => format!("a write to {}", self.name(*file)),
            Op::Truncate { file, .. } => format!("{} cut", self.name(*file)),
            Op::Sync { file } => format!("{} synced", self.name(*file)),
            Op::SyncFailed { file } => format!("{} not synced", self.name(*file)),
            Op::SyncFolder => "the folder synced".to_owned(),
        }
    }

    fn name(&self, of: FileId) -> &str {
        let made = self.pending.iter().filter_map(|op| match op {
            Op::Create { name, file } => Some((name, file)),
            Op::Delete { .. }
            | Op::Write { .. }
            | Op::Truncate { .. }
            | Op::Sync { .. }
            | Op::SyncFailed { .. }
            | Op::SyncFolder => None,
        });
        let mut all = self.names.iter().chain(made);
        all.find(|(_, file)| **file == of)
            .map_or("a file that is gone", |(name, _)| name)
    }

    /// The power goes off.
    pub fn cut(&self, fashion: Fashion, dice: &mut Dice) -> Cut {
        let fates = self.fates(fashion, dice);
        let (mut names, mut files) = (self.names.clone(), self.certain.clone());
        let mut torn = false;
        for (op, fate) in self.pending.iter().zip(&fates) {
            match fate {
                Fate::Kept => keep(&mut names, &mut files, op),
                Fate::InPart => torn |= tear(&mut files, op, fashion, dice),
                Fate::Lost => {}
            }
        }
        let first_lost = fates.iter().position(|fate| *fate != Fate::Kept);
        let last_kept = fates.iter().rposition(|fate| *fate != Fate::Lost);
        // A file of which no write was kept has its name, and no bytes.
        let take = |file: FileId| files.get(&file).cloned().unwrap_or_default();
        let remains = names.iter().map(|(name, file)| (name.clone(), take(*file)));
        Cut {
            remains: Remains(remains.collect()),
            torn,
            reordered: first_lost
                .zip(last_kept)
                .is_some_and(|(lost, kept)| lost < kept),
        }
    }

    fn fates(&self, fashion: Fashion, dice: &mut Dice) -> Vec<Fate> {
        let all = self.pending.len();
        let first = dice.below(all + 1);
        let most = *dice.of(&[2, 4, 16]);
        let fate = |at: usize| match fashion {
            Fashion::InOrder | Fashion::InOrderThenTorn if at < first => Fate::Kept,
            Fashion::InOrderThenTorn if at == first => Fate::InPart,
            Fashion::Nothing | Fashion::InOrder | Fashion::InOrderThenTorn => Fate::Lost,
            Fashion::Reordered | Fashion::Torn if dice.one_in(most) => Fate::Lost,
            Fashion::Torn if dice.one_in(2) => Fate::InPart,
            Fashion::Everything | Fashion::Reordered | Fashion::Torn => Fate::Kept,
        };
        (0..all).map(fate).collect()
    }

    fn settle(&mut self, file: FileId) {
        for op in self.pending.extract_if(.., |op| of(op) == Some(file)) {
            change(self.certain.entry(file).or_default(), &op);
        }
    }

    /// After a failed sync nobody knows; each may stand or not.
    fn settle_in_part(&mut self, file: FileId) {
        for op in self.pending.extract_if(.., |op| of(op) == Some(file)) {
            if self.dice.one_in(2) {
                change(self.certain.entry(file).or_default(), &op);
            }
        }
    }

    fn settle_names(&mut self) {
        for op in self.pending.extract_if(.., |op| of(op).is_none()) {
            rename(&mut self.names, &op);
        }
    }
}

/// The file whose bytes an operation changes.
const fn of(op: &Op) -> Option<FileId> {
    match op {
        Op::Write { file, .. } | Op::Truncate { file, .. } => Some(*file),
        Op::Create { .. }
        | Op::Delete { .. }
        | Op::Sync { .. }
        | Op::SyncFailed { .. }
        | Op::SyncFolder => None,
    }
}

fn keep(names: &mut BTreeMap<String, FileId>, files: &mut BTreeMap<FileId, Vec<u8>>, op: &Op) {
    match of(op) {
        Some(file) => change(files.entry(file).or_default(), op),
        None => rename(names, op),
    }
}

fn rename(names: &mut BTreeMap<String, FileId>, op: &Op) {
    match op {
        Op::Create { name, file } => {
            names.insert(name.clone(), *file);
        }
        Op::Delete { name } => {
            names.remove(name);
        }
        Op::Write { .. }
        | Op::Truncate { .. }
        | Op::Sync { .. }
        | Op::SyncFailed { .. }
        | Op::SyncFolder => {}
    }
}

/// Keeps a part of a write; whatever else is torn is lost. True where it was a write.
fn tear(files: &mut BTreeMap<FileId, Vec<u8>>, op: &Op, fashion: Fashion, dice: &mut Dice) -> bool {
    let Op::Write { file, at, bytes } = op else {
        return false;
    };
    let content = files.entry(*file).or_default();
    if fashion == Fashion::InOrderThenTorn {
        put(content, *at, &bytes[..dice.below(bytes.len())]);
        return true;
    }
    // The file may have grown before its bytes came.
    if dice.one_in(4) {
        put(content, content.len().max(at + bytes.len()), &[]);
    }
    for (at, sector) in sectors(*at, bytes) {
        match dice.below(8) {
            0..4 => put(content, at, sector),
            4 => put(content, at, &sector[..dice.below(sector.len())]),
            5 => put(content, at, &spoilt(sector, dice)),
            _ => {}
        }
    }
    true
}

/// The parts of a write that lie in sectors of their own.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let first = (SECTOR_BYTES - at % SECTOR_BYTES).min(bytes.len());
    let (head, rest) = bytes.split_at(first);
    let rest = rest.chunks(SECTOR_BYTES).zip(0..);
    let rest = rest.map(move |(sector, nth)| (at + first + nth * SECTOR_BYTES, sector));
    std::iter::once((at, head)).chain(rest)
}

fn spoilt(sector: &[u8], dice: &mut Dice) -> Vec<u8> {
    let noise: [u8; SECTOR_BYTES] = dice.bytes();
    noise[..sector.len()].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(1);

    fn write(at: usize, bytes: &[u8]) -> Op {
        let (file, bytes) = (FILE, bytes.to_vec());
        Op::Write { file, at, bytes }
    }

    /// A disk with one file of four bytes, and these operations done.
    fn after(ops: &[Op], seed: u64) -> Platter {
        let files = [("a".to_owned(), b"....".to_vec())];
        let mut platter = Platter::holding(&Remains(files.into()), Dice::new(seed));
        for op in ops {
            platter.play(op);
        }
        platter
    }

    fn left(platter: &Platter, fashion: Fashion) -> BTreeMap<String, Vec<u8>> {
        platter.cut(fashion, &mut Dice::new(1)).remains.0
    }

    #[test]
    fn what_was_synced_stands_and_what_was_not_may_be_lost() {
        let platter = after(
            &[write(0, b"x"), Op::Sync { file: FILE }, write(1, b"y")],
            1,
        );
        assert_eq!(left(&platter, Fashion::Nothing)["a"], b"x...");
        assert_eq!(left(&platter, Fashion::Everything)["a"], b"xy..");
    }

    #[test]
    fn a_later_write_may_stand_although_an_earlier_one_is_lost() {
        let platter = after(&[write(0, b"x"), write(1, b"y")], 1);
        let mut dice = Dice::new(1);
        let mut cuts = std::iter::repeat_with(|| platter.cut(Fashion::Reordered, &mut dice));
        let found = cuts
            .by_ref()
            .take(100)
            .find(|cut| cut.remains.0["a"] == b".y..");
        assert!(found.is_some_and(|cut| cut.reordered && !cut.torn));
    }

    #[test]
    fn a_write_may_stand_in_part() {
        let platter = after(&[write(0, &[b'x'; 2000])], 1);
        let mut dice = Dice::new(1);
        let mut cuts = std::iter::repeat_with(|| platter.cut(Fashion::Torn, &mut dice));
        let some = |cut: &Cut| {
            let bytes = &cut.remains.0["a"];
            cut.torn && bytes.contains(&b'x') && *bytes != [b'x'; 2000]
        };
        assert!(cuts.by_ref().take(100).any(|cut| some(&cut)));
    }

    #[test]
    fn a_files_name_stands_only_once_its_folder_was_synced() {
        let (name, file) = ("b".to_owned(), FileId(2));
        let made = [Op::Create { name, file }, Op::Sync { file }];
        assert_eq!(left(&after(&made, 1), Fashion::Nothing).len(), 1);
        let [create, sync] = made;
        let synced = after(&[create, sync, Op::SyncFolder], 1);
        assert_eq!(left(&synced, Fashion::Nothing).len(), 2);
    }

    #[test]
    fn after_a_failed_sync_no_later_one_saves_what_it_lost() {
        let ops = [
            write(0, b"x"),
            Op::SyncFailed { file: FILE },
            Op::Sync { file: FILE },
        ];
        let lost = |seed| left(&after(&ops, seed), Fashion::Everything)["a"] == b"....";
        assert!((0..20).any(lost));
        assert!(!(0..20).all(lost));
    }

    #[test]
    fn sectors_of_a_write_cover_it_once() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1300).collect();
        let parts: Vec<_> = sectors(500, &bytes).collect();
        assert_eq!(
            parts.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [500, 512, 1024, 1536]
        );
        let joined: Vec<u8> = parts.iter().flat_map(|(_, part)| part.to_vec()).collect();
        assert_eq!(joined, bytes);
    }
}
