//! What a loan leaves all over the tablet, and a search for it in every byte of its
//! disk afterwards.

use super::{
    layers::{Layered, tried},
    loops::BLOCK,
    *,
};

/// What stands in each canary: no byte of it may be left.
fn song(number: usize) -> String {
    format!(
        "canary-{number:04}-{:016x}-sings",
        0x9E37_79B9_u64.wrapping_mul(number as u64 + 1)
    )
}

/// Files outside the home, one for each place of the default policy list.
const OUTSIDE: [&str; 22] = [
    "tmp/download.pdf",
    "var/tmp/deep/er/draft",
    "dev/shm/page",
    "run/user/1000/token",
    "var/lib/NetworkManager/seen-bssids",
    "var/lib/dhcp/leases",
    "run/NetworkManager/system-connections/cafe",
    "var/lib/bluetooth/AA/info",
    "var/spool/cups/d00001",
    "var/cache/cups/job.cache",
    "var/spool/cron/crontabs/borrower",
    "var/mail/borrower",
    "var/lib/systemd/coredump/core.browser",
    "var/crash/browser.crash",
    "var/log/journal/m1/user-1000.journal",
    "var/log/wtmp",
    "var/log/lastlog",
    "var/log/lightdm/x-0.log",
    "var/lib/lightdm/.cache/last-user",
    "var/lib/systemd/linger/borrower",
    "var/lib/AccountsService/icons/borrower",
    "var/lib/ModemManager/messages",
];

/// What was planted, by where.
struct Planted(Vec<(String, String)>);

impl Planted {
    fn note(&mut self, place: &str) -> String {
        let song = song(self.0.len());
        self.0.push((place.to_owned(), song.clone()));
        song
    }
}

/// Some forty of them: contents, names, attributes and link targets in the home, large
/// and small, deleted and overwritten; and contents outside it.
fn plant(tablet: &Tablet) -> Planted {
    let mut all = Planted(Vec::new());
    for place in [
        "Documents/letter.odt",
        ".config/browser/history",
        ".cache/thumbnails/1",
        "Desktop/sub/deeper/photo.jpg",
        "Desktop/welcome.html",
        "locked/bookmarks-2",
    ] {
        let song = all.note(place);
        write(&tablet.home(place), &song);
    }
    let song = all.note("a large file");
    write(&tablet.home("Documents/film"), &song.repeat(100_000));
    let song = all.note("a name");
    write(&tablet.home(&format!("Documents/{song}")), "x");
    let song = all.note("the name of a directory");
    fs::create_dir_all(tablet.home(&format!("{song}/inner"))).unwrap();
    let song = all.note("a link's target");
    symlink(&song, tablet.home("link")).unwrap();
    let song = all.note("a socket's name");
    drop(UnixListener::bind(tablet.home(&song)).unwrap());
    let song = all.note("a pipe's name");
    mkfifoat(File::open(tablet.home("")).unwrap(), &song, Mode::RWXU).unwrap();
    let song = all.note("a file with a second name");
    write(&tablet.home("first"), &song);
    fs::hard_link(tablet.home("first"), tablet.home("second")).unwrap();
    for place in OUTSIDE {
        let song = all.note(place);
        write(&tablet.folder.path().join(place), &song.repeat(3));
    }
    plant_what_is_gone(tablet, &mut all);
    all
}

/// What a borrower took back themselves was on the disk all the same.
fn plant_what_is_gone(tablet: &Tablet, all: &mut Planted) {
    let deleted = all.note("a deleted file");
    write(&tablet.home("deleted"), &deleted);
    let overwritten = all.note("an overwritten file");
    write(&tablet.home("overwritten"), &overwritten);
    let name = all.note("the name of a deleted file");
    write(&tablet.home(&name), "x");
    let former = all.note("a former name");
    write(&tablet.home(&former), "x");
    rustix::fs::syncfs(File::open(tablet.folder.path()).unwrap()).unwrap();
    write(&tablet.home("overwritten"), "something else");
    fs::remove_file(tablet.home("deleted")).unwrap();
    fs::remove_file(tablet.home(&name)).unwrap();
    fs::rename(tablet.home(&former), tablet.home("renamed")).unwrap();
}

/// Which of them stand in these bytes, as many times as they do.
fn found<'a>(planted: &'a Planted, bytes: &[u8]) -> Vec<&'a str> {
    let begin = positions(bytes, b"canary-");
    let stands = |at: &usize| {
        let mut all = planted.0.iter();
        all.find(|(_, song)| bytes[*at..].starts_with(song.as_bytes()))
    };
    let found = begin.iter().filter_map(stands);
    found.map(|(place, _)| place.as_str()).collect()
}

fn positions(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    let firsts = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == part[0]);
    let places = firsts.map(|(at, _)| at);
    places.filter(|at| bytes[*at..].starts_with(part)).collect()
}

#[test]
fn of_forty_canaries_no_byte_is_left_once_a_loans_key_is_erased() {
    let Some(it) = Layered::by(Kind::CryptOverlay) else {
        return;
    };
    it.tablet.carry_out(1);
    let key = fs::read(it.tablet.place.layers_dir().join("key")).unwrap();
    let planted = plant(&it.tablet);
    assert!(planted.0.len() >= 39);
    rustix::fs::syncfs(File::open(it.tablet.folder.path()).unwrap()).unwrap();
    assert_eq!(it.tablet.carry_out(2), Ended::Verified);
    let receipt = it.tablet.receipt(2).unwrap();
    assert!(receipt.key_erased);
    it.tablet.assert_home_is_the_image();
    let bytes = it.disk.bytes();
    assert_eq!(found(&planted, &bytes), Vec::<&str>::new());
    let mut of_key = key.chunks(BLOCK);
    assert!(of_key.all(|part| bytes.chunks(BLOCK).all(|block| block != part)));
    assert!(!positions(&bytes, WELCOME).is_empty());
}

/// The other backends claim that nothing is left in the file system, and no more: what
/// a disk keeps of deleted files is the disk's.
#[test]
fn of_forty_canaries_no_file_system_shows_one_after_any_reset() {
    for (kind, it) in tried([Kind::Overlay, Kind::Btrfs, Kind::Manifest]) {
        it.tablet.carry_out(1);
        let planted = plant(&it.tablet);
        assert_eq!(it.tablet.carry_out(2), Ended::Verified, "{kind}");
        let receipt = it.tablet.receipt(2).unwrap();
        assert_eq!(receipt.technique, "Clear (logical), verified");
        assert!(!receipt.key_erased);
        it.tablet.assert_home_is_the_image();
        let root = it.tablet.folder.path();
        let mut left = Vec::new();
        for path in walk(root) {
            let path = root.join(path);
            if fs::symlink_metadata(&path).unwrap().is_file() {
                left.extend(found(&planted, &fs::read(&path).unwrap()));
            }
            left.extend(found(&planted, path.as_os_str().as_bytes()));
        }
        assert_eq!(left, Vec::<&str>::new(), "{kind}");
    }
}

/// That the search would find them: without a reset every one of them is there.
#[test]
fn on_a_disk_that_was_not_encrypted_the_canaries_are_found() {
    let Some(it) = Layered::by(Kind::Overlay) else {
        return;
    };
    it.tablet.carry_out(1);
    let planted = plant(&it.tablet);
    let bytes = it.disk.bytes();
    let found = found(&planted, &bytes);
    let missed = planted.0.iter().map(|(place, _)| place.as_str());
    let missed: Vec<&str> = missed.filter(|place| !found.contains(place)).collect();
    assert_eq!(missed, Vec::<&str>::new());
}
