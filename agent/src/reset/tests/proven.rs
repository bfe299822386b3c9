//! What a reset guesses from the last proof spares it a reading at most: whatever it
//! guesses wrongly, or is made to, is found before the receipt.

use serde_json::Value;
use shared::time::Moment;

use super::{
    loops::{Kind as FileSystem, Loop},
    *,
};
use crate::{
    disk::slots::Slots,
    reset::journal::{NAME, Proven},
};

const PAGE: &str = "Desktop/welcome.html";

impl Tablet {
    fn proven(&self) -> Option<Proven> {
        Journal::open(self.disk.clone()).unwrap().proven()
    }

    /// Has the journal say this of the last proof.
    fn lie(&self, of_proof: impl FnOnce(&mut Value)) {
        let (mut slots, loaded) = Slots::open(self.disk.clone(), NAME).unwrap();
        let mut record: Value = serde_json::from_slice(&loaded.unwrap().body).unwrap();
        of_proof(&mut record["proven"]);
        slots.save(record.to_string().as_bytes()).unwrap();
    }

    /// The restoring step alone, of the reset that would come next; how many paths it
    /// wrote.
    fn restored_by_its_step(&self) -> u64 {
        let mut reset = self.reset();
        let begun = Begun::from(&self.order(9));
        reset.journal.begin(begun, self.clock.wall()).unwrap();
        let mut work = reset.journal.work().unwrap().clone();
        reset.restore(&mut work).unwrap();
        work.tally.restored
    }
}

/// Other bytes of the same length, with the time of writing that the file had; the time
/// of the change, which nobody can choose, is told.
fn tamper(tablet: &Tablet, path: &str) -> Moment {
    let path = tablet.home(path);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::write(&path, bytes).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(before).unwrap();
    clock::changed(&rustix::fs::fstat(&file).unwrap())
}

/// The first moment that file systems tell apart from this one.
pub(super) fn after(moment: Moment) -> Moment {
    loop {
        let now = clock::change();
        if now > moment {
            return now;
        }
    }
}

/// The second reset finds the one file that differs, whoever did not suspect it.
fn assert_next_reset_mends(tablet: &Tablet) {
    assert_eq!(tablet.carry_out(10), Ended::Verified);
    tablet.assert_home_is_the_image();
    assert_eq!(tablet.receipt(2).unwrap().restored, 1);
    let written = File::open(tablet.home(PAGE)).unwrap();
    let written = clock::changed(&rustix::fs::fstat(&written).unwrap());
    assert!(
        tablet.proven().unwrap().from >= written,
        "all is read after it"
    );
}

#[test]
fn what_was_changed_since_the_last_proof_is_read_before_all_is_read() {
    let tablet = Tablet::new();
    tablet.carry_out(1);
    assert_eq!(tablet.restored_by_its_step(), 0);
    tamper(&tablet, PAGE);
    assert_eq!(tablet.restored_by_its_step(), 1);
    tablet.assert_home_is_the_image();
}

#[test]
fn a_change_that_is_older_than_the_last_proof_claims_to_be_is_found_all_the_same() {
    let tablet = Tablet::new();
    tablet.carry_out(1);
    let later = after(tamper(&tablet, PAGE));
    tablet.lie(|proven| proven["from"] = later.to_string().into());
    assert_eq!(tablet.restored_by_its_step(), 0, "nobody suspects it");
    assert_next_reset_mends(&tablet);
}

/// On a disk of its own, whose times can be written over while it is not mounted.
#[test]
fn a_file_whose_change_time_was_put_back_on_the_disk_is_found_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Loop::mounted(FileSystem::Ext4, folder.path()) else {
        return;
    };
    let mut tablet = Tablet::below(folder);
    tablet.wish.backend = Some(Kind::Manifest);
    tablet.carry_out(1);
    let file = tablet.home(PAGE);
    let before = fs::metadata(&file).unwrap();
    let changed = tamper(&tablet, PAGE);
    let put_back = before.ctime() - 60;
    disk.edit(&format!("set_inode_field /home/{PAGE} ctime @{put_back}"));
    let found = fs::metadata(&file).unwrap();
    let times = |of: &fs::Metadata| (of.len(), of.mtime(), of.mtime_nsec());
    assert_eq!(times(&found), times(&before));
    assert!(found.ctime() * 1000 < changed.as_ms() - 50_000);
    assert_eq!(tablet.restored_by_its_step(), 0, "nobody suspects it");
    assert_next_reset_mends(&tablet);
}

type Lie = fn(&mut Value);

#[test]
fn a_proof_of_the_future_or_of_another_image_or_none_tells_nothing_and_all_are_read() {
    let lies: [(Lie, bool); 4] = [
        (
            |proven| proven["from"] = "2998-01-01T00:00:00.000Z".into(),
            false,
        ),
        (
            |proven| proven["image"] = Digest::of(b"other").to_string().into(),
            false,
        ),
        (|proven| *proven = Value::Null, false),
        (|_none| {}, true),
    ];
    for (lie, is_known) in lies {
        let tablet = Tablet::new();
        tablet.carry_out(1);
        tablet.lie(lie);
        let reset = tablet.reset();
        let looks = reset.looks(reset.journal.work().unwrap());
        assert_eq!(matches!(looks, Looks::Unchanged(_)), is_known);
        tamper(&tablet, PAGE);
        assert_next_reset_mends(&tablet);
    }
}

#[test]
fn a_proof_is_remembered_until_the_next_receipt_and_a_failure_remembers_none() {
    let tablet = Tablet::new();
    assert_eq!(tablet.proven(), None);
    let before = clock::change();
    tablet.carry_out(1);
    let proven = tablet.proven().unwrap();
    assert_eq!(proven.image, tablet.image);
    assert!(before <= proven.from && proven.from <= clock::change());
    let images = Images::below(&tablet.place.link_dir());
    let digest = Digest::of(WELCOME);
    images.remove_blob(digest).unwrap();
    assert_eq!(tablet.carry_out(2), Ended::Failed(FailedStep::Image));
    assert_eq!(tablet.proven(), None);
    let size_bytes = WELCOME.len() as u64;
    images.store_blob(digest, size_bytes, WELCOME).unwrap();
    assert_eq!(tablet.carry_out(3), Ended::Verified);
    assert!(tablet.proven().unwrap().from >= proven.from);
}
