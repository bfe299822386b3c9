//! The server's keys at a terminal: exported, put into use, replaced, and brought back
//! where they were lost.

use shared::{
    keys::{PublicKey, SecretKey},
    signed::{Envelope, keyring::Keyring},
};

use super::*;

const SHOW: &str = "keys show --data library";
const ROTATE: &str = "keys rotate --data library";
const RECOVER: &str = "keys recover --data library";
const PRINT: &str = "keys recovery --data library";
const KEPT: &str = "keys recovery --data library --kept";

/// The keyrings of the library in this folder, as tablets are told of them.
fn keyrings(terminal: &Terminal, folder: &str) -> Vec<Envelope> {
    let text = fs::read(terminal.path(folder).join("server.key")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&text).unwrap();
    serde_json::from_value(kept["keyrings"].clone()).unwrap()
}

fn said(envelope: &Envelope) -> Keyring {
    envelope
        .open_own(|keyring: &Keyring| keyring.current)
        .unwrap()
}

/// Where a tablet that was enrolled at first ends up.
fn believed(terminal: &Terminal, folder: &str) -> PublicKey {
    let first = keyrings(terminal, "library").remove(0);
    said(&first)
        .follow_all(&keyrings(terminal, folder))
        .0
        .current
}

fn in_use(terminal: &Terminal, folder: &str) -> PublicKey {
    said(keyrings(terminal, folder).last().unwrap()).current
}

#[test]
fn no_backup_is_made_before_the_recovery_key_is_kept_elsewhere() {
    let terminal = Terminal::with_library();
    terminal.does("backup-key --data library");
    let no = terminal.ends("backup --data library --to day.backup", 2);
    assert!(no.contains("keys recovery"), "{no}");
    assert!(!terminal.path("day.backup").exists());
    let key = terminal.does(PRINT);
    assert_eq!(terminal.does(PRINT), key, "as often as somebody asks");
    let slip = key.replacen(&key[..1], if key.starts_with('X') { "Y" } else { "X" }, 1);
    let other = Terminal::with_library();
    for wrong in ["", &slip, &other.does(PRINT)] {
        let ended = terminal.run_told(KEPT, wrong);
        assert_eq!(ended.status.code(), Some(2), "{wrong}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("Nothing was changed"));
    }
    assert!(
        terminal
            .run_told(KEPT, &key.to_lowercase())
            .status
            .success()
    );
    let kept = fs::read_to_string(terminal.path("library/server.key")).unwrap();
    assert!(!kept.contains("\"recovery\""), "it is gone from here");
    assert!(terminal.ends(PRINT, 2).contains("not on this machine"));
    assert!(terminal.does(SHOW).contains("not on this machine"));
    terminal.does("backup --data library --to day.backup");
}

#[test]
fn the_recovery_key_is_exported_to_a_new_file_that_is_not_where_the_others_lie() {
    let terminal = Terminal::with_library();
    let to = |path: &str| format!("keys recovery --data library --to {path}");
    assert!(
        terminal
            .ends(&to("library/recovery.key"), 2)
            .contains("apart")
    );
    fs::write(terminal.path("mine"), "a letter").unwrap();
    assert!(terminal.ends(&to("mine"), 2).contains("another name"));
    assert_eq!(fs::read(terminal.path("mine")).unwrap(), b"a letter");
    let key = terminal.does(PRINT);
    terminal.does(&to("recovery.key"));
    assert_eq!(
        fs::read_to_string(terminal.path("recovery.key")).unwrap(),
        key
    );
    assert!(
        terminal
            .ends(&to("again.key"), 2)
            .contains("not on this machine")
    );
}

#[test]
fn after_a_change_tablets_go_on_to_the_key_in_use() {
    let terminal = Terminal::with_library();
    let first = in_use(&terminal, "library");
    for changed in 1..=3 {
        let said = terminal.does(ROTATE);
        assert!(said.contains("takes it up") && said.contains("Copy server.key"));
        assert!(
            terminal
                .does(SHOW)
                .contains(&format!("changed      {changed} times"))
        );
    }
    assert_ne!(in_use(&terminal, "library"), first);
    assert_eq!(believed(&terminal, "library"), in_use(&terminal, "library"));
}

#[test]
fn with_the_recovery_key_whoever_stole_the_others_gains_nothing() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    let stolen = keyrings(&terminal, "library");
    let no = terminal.run_told(RECOVER, &Terminal::with_library().does(PRINT));
    assert_eq!(no.status.code(), Some(2));
    assert_eq!(
        keyrings(&terminal, "library"),
        stolen,
        "nothing was changed"
    );
    let key = fs::read_to_string(terminal.path("recovery.key")).unwrap();
    assert!(terminal.run_told(RECOVER, &key).status.success());
    assert_eq!(believed(&terminal, "library"), in_use(&terminal, "library"));
    // It was used: there is another, to be kept before the next backup.
    assert!(!terminal.run_told(RECOVER, &key).status.success());
    assert_ne!(terminal.does(PRINT), key);
    let no = terminal.ends("backup --data library --to next.backup", 2);
    assert!(no.contains("keys recovery"), "{no}");
}

#[test]
fn a_library_whose_keys_were_lost_comes_back_and_its_tablets_believe_it() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    terminal.does(ROTATE);
    terminal.does("backup --data library --to day.backup");
    fs::create_dir(terminal.path("safe")).unwrap();
    for key in ["backup.key", "data.key"] {
        let kept = terminal.path("library").join(key);
        fs::copy(kept, terminal.path("safe").join(key)).unwrap();
    }
    let restore = "restore --from day.backup --keys safe --data again";
    assert!(terminal.ends(restore, 2).contains("restore --recover"));
    let recover = format!("{restore} --recover");
    let other = Terminal::with_library().does(PRINT);
    assert_eq!(terminal.run_told(&recover, &other).status.code(), Some(2));
    let key = fs::read_to_string(terminal.path("recovery.key")).unwrap();
    let ended = terminal.run_told(&recover, &key);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(believed(&terminal, "again"), in_use(&terminal, "again"));
    assert_ne!(in_use(&terminal, "again"), in_use(&terminal, "library"));
}

#[test]
fn a_backup_of_before_a_change_comes_back_with_the_keys_of_after_it() {
    let terminal = Terminal::with_library();
    terminal.keeps_keys();
    terminal.does("backup --data library --to day.backup");
    let older = fs::read(terminal.path("library/server.key")).unwrap();
    terminal.does(ROTATE);
    terminal.does("restore --check day.backup --keys library");
    // And not the other way round: no tablet believes the older copy any more.
    terminal.does("backup --data library --to next.backup");
    fs::write(terminal.path("library/server.key"), older).unwrap();
    let no = terminal.ends("restore --check next.backup --keys library", 2);
    assert!(no.contains("older copy"), "{no}");
}

#[test]
fn a_key_that_stands_alone_as_it_did_before_becomes_the_one_in_use() {
    let terminal = Terminal::with_library();
    let key = SecretKey::from_seed(&[7; 32]);
    fs::write(terminal.path("library/server.key"), key.seed()).unwrap();
    let shown = terminal.does(SHOW);
    assert!(
        shown.contains(&key.public().fingerprint().to_string()),
        "{shown}"
    );
    assert_eq!(terminal.does(SHOW), shown, "and is that from then on");
    assert_eq!(in_use(&terminal, "library"), key.public());
}
