//! Backups and the drill: what is made while the server runs can be brought back, and
//! what was cut, altered or sealed with another key is refused before anything changes.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use rusqlite::Connection;

use super::Terminal;

const BACKUP: &str = "backup --data library --to day.backup";
const CHECK: &str = "restore --check day.backup --keys library";

/// A library with a backup key, and a backup of it.
fn backed_up() -> Terminal {
    let terminal = Terminal::with_library();
    terminal.does("borrower add --data library --name B. --card D1234567");
    terminal.keeps_keys();
    terminal.does(BACKUP);
    terminal
}

fn database(terminal: &Terminal) -> Connection {
    Connection::open(terminal.path("library/library.db")).unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let entries = entries.map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    let mut all: Vec<PathBuf> = below.collect();
    all.sort();
    all
}

/// Everything in the folder, byte for byte, but what the database's readers leave
/// beside it.
fn everything(terminal: &Terminal) -> Vec<(PathBuf, Vec<u8>)> {
    let all = files(&terminal.path(""));
    let kept = all
        .into_iter()
        .filter(|path| !path.to_str().unwrap().contains("library.db-"));
    kept.map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn head(said: &str) -> &str {
    let line = said.lines().find(|line| line.starts_with("head "));
    line.unwrap().trim_start_matches("head ")
}

/// A server at work on the library, ended when this is dropped.
struct Serving(Child);

impl Serving {
    fn start(terminal: &Terminal) -> Self {
        let mut server = terminal
            .command("serve --data library --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().starts_with("listening"));
        Self(server)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_backup_taken_while_commands_are_committed_passes_the_drill_and_comes_back() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    let serving = Serving::start(&terminal);
    let said = std::thread::scope(|threads| {
        let writing = threads.spawn(|| {
            for nth in 0..30 {
                terminal.does(&format!("venue add --data library --name Place{nth}"));
            }
        });
        let mut backups = Vec::new();
        while !writing.is_finished() || backups.is_empty() {
            let name = format!("{}.backup", backups.len());
            backups.push(terminal.does(&format!("backup --data library --to {name}")));
        }
        writing.join().unwrap();
        backups
    });
    drop(serving);
    for (nth, made) in said.iter().enumerate() {
        let words = format!("restore --check {nth}.backup --keys library");
        let drill = terminal.does(&words);
        assert_eq!(head(&drill), head(made), "{drill}");
        assert!(drill.contains("nothing was changed"), "{drill}");
    }
    // And the last of them really comes back.
    let last = said.len() - 1;
    let words = format!("restore --from {last}.backup --keys library --data again");
    terminal.does(&words);
    let verify = format!("audit verify --data again --head {}", head(&said[last]));
    terminal.does(&verify);
    terminal.does("venue add --data again --name Next");
}

#[test]
fn what_comes_back_is_the_library_that_was_backed_up() {
    let terminal = backed_up();
    let noted = terminal.does("audit verify --data library");
    let said = terminal.does("restore --from day.backup --keys library --data again/library");
    assert!(said.contains("0 tablets, 0 open loans"), "{said}");
    assert!(said.contains("image release"), "{said}");
    let again = terminal.does("audit verify --data again/library");
    assert_eq!(again, noted);
    for name in ["data.key", "server.key", "backup.key", "kind"] {
        let (here, there) = (
            terminal.path("library").join(name),
            terminal.path("again/library").join(name),
        );
        assert_eq!(fs::read(here).unwrap(), fs::read(&there).unwrap(), "{name}");
        let mode = fs::metadata(there).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // The card is known there, by the same key.
    let card = "borrower add --data again/library --name B. --card D1234567";
    assert!(terminal.ends(card, 2).contains("has this card already"));
    let told = terminal.does("audit doubts --data again/library");
    assert!(told.starts_with("brought back at "), "{told}");
}

#[test]
fn image_files_are_not_in_a_backup_and_are_brought_back_beside_it() {
    let terminal = backed_up();
    terminal.does("restore --from day.backup --keys library --data again");
    let release = format!("image release {} --data again", super::image());
    let said = terminal.does(&release);
    assert!(said.contains("were brought back"), "{said}");
    let images = |data: &str| {
        let all = files(&terminal.path(data));
        let below = |path: &PathBuf| path.strip_prefix(terminal.path(data)).unwrap().to_owned();
        let all = all.iter().map(below);
        all.filter(|path| path.starts_with("blobs") || path.starts_with("images"))
            .collect::<Vec<_>>()
    };
    assert!(!images("library").is_empty());
    assert_eq!(images("again"), images("library"));
    assert!(terminal.ends(&release, 2).contains("already"));
}

#[test]
fn a_backup_is_for_its_owner_alone_and_nothing_that_is_open_is_left_beside_it() {
    let terminal = backed_up();
    let backup = terminal.path("day.backup");
    let mode = fs::metadata(&backup).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let names: Vec<String> = files(&terminal.path(""))
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(
        !names.iter().any(|name| name.ends_with("part")),
        "{names:?}"
    );
    let sealed = fs::read(&backup).unwrap();
    let key = |name: &str| fs::read(terminal.path("library").join(name)).unwrap();
    let text = key("backup.key");
    for plain in [
        b"SQLite format 3".as_slice(),
        b"Leigh",
        &key("data.key"),
        &key("server.key"),
        text.trim_ascii(),
    ] {
        assert!(!sealed.windows(plain.len()).any(|it| it == plain));
    }
}

#[test]
fn a_backup_that_is_there_already_is_left_as_it_is() {
    let terminal = backed_up();
    let before = fs::read(terminal.path("day.backup")).unwrap();
    assert!(terminal.ends(BACKUP, 2).contains("another name"));
    assert_eq!(fs::read(terminal.path("day.backup")).unwrap(), before);
}

#[test]
fn without_a_key_no_backup_is_made_and_the_key_is_the_same_whenever_it_is_asked_for() {
    let terminal = Terminal::with_library();
    assert!(terminal.ends(BACKUP, 2).contains("backup-key"));
    assert!(!terminal.path("day.backup").exists());
    let key = terminal.does("backup-key --data library");
    assert_eq!(key.trim().split('-').count(), 14);
    assert_eq!(terminal.does("backup-key --data library"), key);
}

#[test]
fn a_backup_that_was_cut_or_altered_anywhere_is_refused_and_nothing_is_changed() {
    let terminal = backed_up();
    let whole = fs::read(terminal.path("day.backup")).unwrap();
    let lines = whole.iter().position(|byte| *byte == b'\n').unwrap() + 400;
    let places = (0..lines)
        .step_by(53)
        .chain((lines..whole.len()).step_by(39_119))
        .chain([whole.len() - 1]);
    let before = {
        fs::remove_file(terminal.path("day.backup")).unwrap();
        everything(&terminal)
    };
    for at in places {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        for damaged in [&altered[..], &whole[..at]] {
            fs::write(terminal.path("bad.backup"), damaged).unwrap();
            for words in [
                "restore --check bad.backup --keys library",
                "restore --from bad.backup --keys library --data again",
            ] {
                let output = terminal.run(words);
                assert!(!output.status.success(), "{words}, byte {at}");
                assert!(!String::from_utf8_lossy(&output.stdout).contains("brought back"));
            }
        }
        fs::remove_file(terminal.path("bad.backup")).unwrap();
        let left = terminal.path("again");
        assert!(!left.join("library.db").exists());
    }
    drop(fs::remove_dir(terminal.path("again")));
    assert!(everything(&terminal) == before, "nothing was changed");
}

#[test]
fn with_another_key_a_backup_is_refused_by_name_before_anything_is_opened() {
    let terminal = backed_up();
    let other = Terminal::with_library();
    other.keeps_keys();
    for (name, what) in [
        ("backup.key", "another backup key"),
        ("data.key", "data.key is not the one"),
        ("server.key", "server.key is not the one"),
    ] {
        let keys = terminal.path("keys");
        fs::create_dir_all(&keys).unwrap();
        for key in ["backup.key", "data.key", "server.key"] {
            let from = if key == name { &other } else { &terminal };
            fs::copy(from.path("library").join(key), keys.join(key)).unwrap();
        }
        let said = terminal.ends("restore --check day.backup --keys keys", 2);
        assert!(
            said.contains(what) && said.contains("Nothing was changed"),
            "{said}"
        );
        fs::remove_file(keys.join(name)).unwrap();
        let said = terminal.ends("restore --check day.backup --keys keys", 2);
        assert!(said.contains(name), "{said}");
    }
    fs::write(terminal.path("keys/backup.key"), "ABCD").unwrap();
    let said = terminal.ends("restore --check day.backup --keys keys", 2);
    assert!(said.contains("a character is wrong"), "{said}");
}

#[test]
fn a_backup_of_an_older_version_is_brought_up_to_date_and_one_of_a_later_is_left() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    database(&terminal)
        .execute_batch(
            "DROP TABLE proof;
             DROP TABLE failed_try;
             DROP TABLE refused_receipt;
             DROP TABLE managed_tablet;
             DROP TABLE managed_command;
             ALTER TABLE tablet DROP COLUMN locked;
             ALTER TABLE tablet DROP COLUMN lock_counter;
             ALTER TABLE tablet DROP COLUMN lock_since;
             DROP INDEX receipts_of_a_tablet;
             DROP INDEX open_disputes;
             ALTER TABLE tablet DROP COLUMN renew_keys;
             ALTER TABLE tablet DROP COLUMN reset_new_keys;
             DELETE FROM refinery_schema_history WHERE version >= 6;",
        )
        .unwrap();
    terminal.does(BACKUP);
    let said = terminal.does(CHECK);
    assert!(said.contains(", brought up to 11"), "{said}");
    terminal.does("restore --from day.backup --keys library --data again");
    terminal.does("audit doubts --data again");
    database(&terminal)
        .execute(
            "INSERT INTO refinery_schema_history VALUES (9999, 'later', '', '0')",
            [],
        )
        .unwrap();
    terminal.does("backup --data library --to later.backup");
    let said = terminal.ends("restore --check later.backup --keys library", 2);
    assert!(said.contains("later version"), "{said}");
}

#[test]
fn a_folder_that_holds_anything_is_never_restored_into() {
    let terminal = backed_up();
    let words = "restore --from day.backup --keys library --data library";
    assert!(terminal.ends(words, 2).contains("is not empty"));
    fs::create_dir(terminal.path("empty")).unwrap();
    // What a power cut left of a restore is no library.
    fs::create_dir(terminal.path("empty/restore.part")).unwrap();
    fs::write(terminal.path("empty/restore.part/library.db"), "half").unwrap();
    terminal.does("restore --from day.backup --keys library --data empty");
    assert!(!terminal.path("empty/restore.part").exists());
    terminal.does("audit verify --data empty");
}

#[test]
fn a_drill_against_a_head_that_was_noted_shows_a_backup_of_another_log() {
    let terminal = backed_up();
    let noted = terminal.does("audit verify --data library");
    terminal.does(&format!("{CHECK} --head {}", head(&noted)));
    terminal.does("venue add --data library --name Later");
    let later = terminal.does("audit verify --data library");
    let said = terminal.run(&format!("{CHECK} --head {}", head(&later)));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("cannot be brought back"), "{said}");
}

#[test]
fn what_is_damaged_is_not_backed_up_and_older_backups_are_kept() {
    let terminal = backed_up();
    database(&terminal)
        .execute("UPDATE log SET bytes = x'00' WHERE seq = 1", [])
        .unwrap();
    let words = "backup --data library --to bad.backup --keep-days 1";
    let said = terminal.ends(words, 1);
    assert!(said.contains("entry 1 of the log was altered"), "{said}");
    assert!(!terminal.path("bad.backup").exists() && terminal.path("day.backup").exists());
    assert!(!terminal.path("library/copy.part").exists());
}

#[test]
fn rows_that_do_not_follow_from_the_log_are_found_by_the_drill() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    database(&terminal)
        .execute("UPDATE venue SET name = 'Elsewhere'", [])
        .unwrap();
    terminal.does(BACKUP);
    let output = terminal.run(CHECK);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the rows of venue do not follow"), "{said}");
}

/// The same backup, as if it had been made so many days ago.
fn made_days_ago(terminal: &Terminal, name: &str, days: i64) {
    let made_at = server::clock::now().plus_ms(-days * 24 * 60 * 60 * 1000);
    let whole = fs::read(terminal.path("day.backup")).unwrap();
    let text = String::from_utf8_lossy(&whole);
    let (before, after) = text.split_once("\"made_at\":\"").unwrap();
    let (_, after) = after.split_once('"').unwrap();
    let aged = format!("{before}\"made_at\":\"{made_at}\"{after}");
    fs::write(terminal.path(name), aged).unwrap();
}

#[test]
fn backups_older_than_was_asked_for_are_deleted_and_nothing_else_is() {
    let terminal = backed_up();
    made_days_ago(&terminal, "old.backup", 8);
    made_days_ago(&terminal, "young.backup", 6);
    fs::write(terminal.path("letter.txt"), "tablet-library").unwrap();
    // Another library keeps its backups in the same folder.
    let other = backed_up();
    made_days_ago(&other, "old.backup", 300);
    fs::copy(other.path("old.backup"), terminal.path("theirs.backup")).unwrap();
    let words = "backup --data library --to new.backup --keep-days 7";
    let said = terminal.does(words);
    assert_eq!(said.matches("deleted").count(), 1, "{said}");
    for (name, there) in [
        ("old.backup", false),
        ("young.backup", true),
        ("day.backup", true),
        ("new.backup", true),
        ("theirs.backup", true),
        ("letter.txt", true),
    ] {
        assert_eq!(terminal.path(name).exists(), there, "{name}");
    }
    let never = words.replace("--keep-days 7", "--keep-days 31");
    assert!(terminal.ends(&never, 2).contains("31 is not in 1..=30"));
}

#[test]
fn two_backups_at_once_do_not_get_into_each_others_way() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    let lock = fs::File::create(terminal.path("library/backup.lock")).unwrap();
    lock.lock().unwrap();
    assert!(terminal.ends(BACKUP, 2).contains("Another backup"));
    drop(lock);
    // What a power cut left of a copy is no matter.
    fs::write(terminal.path("library/copy.part"), "half").unwrap();
    terminal.does(BACKUP);
}

#[test]
fn words_that_contradict_each_other_are_not_understood() {
    let terminal = Terminal::new();
    for words in [
        "restore --keys library",
        "restore --from a --keys library",
        "restore --from a --check b --keys library --data c",
        "restore --check b --keys library --data c",
        "restore --check b",
    ] {
        assert!(terminal.ends(words, 2).contains("--help"), "{words}");
    }
}
