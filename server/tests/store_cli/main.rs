//! The server's commands, as somebody at a terminal meets them: what they print,
//! how they end, and what they leave behind.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod agents;
mod backup;
mod keys;

use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// A folder, and the program at work in it.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// With a venue and an image.
    fn with_library() -> Self {
        let terminal = Self::new();
        terminal.does("venue add --data library --name Leigh --closed 7");
        terminal.does(&format!("image release {} --data library", image()));
        terminal
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tablet-server"));
        command.current_dir(&self.folder).args(words.split(' '));
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// How it ends with this on its standard input.
    fn run_told(&self, words: &str, told: &str) -> Output {
        let mut command = self.command(words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = command.spawn().unwrap();
        running
            .stdin
            .take()
            .unwrap()
            .write_all(told.as_bytes())
            .unwrap();
        running.wait_with_output().unwrap()
    }

    /// Makes what a backup asks for: its key, and the recovery key kept elsewhere.
    fn keeps_keys(&self) {
        self.does("backup-key --data library");
        self.does("keys recovery --data library --to recovery.key");
    }

    /// What it prints where it does what was asked.
    fn does(&self, words: &str) -> String {
        let output = self.run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says where it ends with this code and prints nothing.
    fn ends(&self, words: &str, code: i32) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(code), "{words}: {output:?}");
        assert_eq!(output.stdout, b"", "{words}");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn image() -> String {
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/2026.1");
    image.canonicalize().unwrap().display().to_string()
}

#[test]
fn the_help_teaches_and_unknown_words_end_with_2() {
    let terminal = Terminal::new();
    assert!(terminal.does("--help").contains("A first evening with it"));
    assert!(terminal.ends("lend", 2).contains("--help"));
}

#[test]
fn a_library_is_set_up_from_nothing_and_its_log_verifies() {
    let terminal = Terminal::with_library();
    terminal.does("operator add --data library --name Demo --venue leigh --badge-out badge.svg");
    terminal.does("borrower add --data library --name B. --card D1234567");
    assert!(
        fs::read_to_string(terminal.path("badge.svg"))
            .unwrap()
            .starts_with("<svg")
    );
    let said = terminal.does("audit verify --data library");
    assert!(said.starts_with("verified 3 entries\nhead 3:"), "{said}");
    let head = said.trim().rsplit(' ').next().unwrap();
    terminal.does(&format!("audit verify --data library --head {head}"));
    assert_eq!(
        terminal.does("audit rebuild --data library"),
        "made anew from 3 entries\n"
    );
}

#[test]
fn a_log_that_was_cut_ends_with_1_against_the_head_that_was_noted() {
    let terminal = Terminal::with_library();
    let later = format!("9:{}", "0".repeat(64));
    let said = terminal.ends(&format!("audit verify --data library --head {later}"), 1);
    assert!(
        said.contains("tail was cut") && said.contains("Stop the server"),
        "{said}"
    );
    let said = terminal.ends("audit verify --data library --head 9", 2);
    assert!(said.contains("SEQ:HASH"), "{said}");
}

#[test]
fn a_head_that_a_kiosk_noted_and_the_log_does_not_hold_ends_a_verification_with_1() {
    let terminal = Terminal::with_library();
    let doubts = "audit doubts --data library";
    assert_eq!(terminal.does(doubts), "nothing puts the log in doubt\n");
    let head = format!("9:{}", "0".repeat(64));
    let kiosk = shared::ids::KioskId::from_bytes([4; 16]);
    rusqlite::Connection::open(terminal.path("library").join("library.db"))
        .unwrap()
        .execute(
            "INSERT INTO denied_head (kiosk, head, found_at) VALUES (?1, ?2, 0)",
            [&kiosk.to_string(), &head],
        )
        .unwrap();
    let verify = terminal.run("audit verify --data library");
    assert_eq!(verify.status.code(), Some(1));
    let said = String::from_utf8(verify.stderr).unwrap();
    assert!(
        said.contains("does not hold 1 of") && said.contains("audit doubts"),
        "{said}"
    );
    let told = terminal.does(doubts);
    assert!(
        told.contains(&head) && told.contains(&kiosk.to_string()),
        "{told}"
    );
    let settled = terminal.does(&format!("{doubts} --settle"));
    assert!(settled.ends_with("1 looked into\n"), "{settled}");
    terminal.does("audit verify --data library");
}

#[test]
fn a_second_code_for_a_number_keeps_the_sticker_and_the_code_line_has_four_words() {
    let terminal = Terminal::with_library();
    let enrol = "enrol tablet --data library --number WGN-042 --venue Leigh";
    let tag = "tag --data library --tablet wgn042 --text";
    let said = terminal.ends(tag, 2);
    assert!(said.contains("enrol tablet"), "{said}");
    let first = terminal.does(enrol);
    let line = first.lines().last().unwrap().split(' ').collect::<Vec<_>>();
    assert_eq!((line[0], line.len()), ("tablet-library-enrol:", 4));
    assert_eq!((line[2].len(), line[3].len()), (26, 64));
    let sticker = terminal.does(tag);
    assert!(sticker.starts_with("HTTPS://TABLETS.WIGAN/WGN042"));
    let second = terminal.does(enrol);
    assert_ne!(first, second);
    assert_eq!(terminal.does(tag), sticker);
}

#[test]
fn a_demos_folder_is_never_a_librarys_and_the_other_way_round() {
    let terminal = Terminal::with_library();
    terminal.does(&format!(
        "demo-fill --data demo --tablets 12 --image {}",
        image()
    ));
    let said = terminal.ends("serve --data demo --listen 127.0.0.1:0", 2);
    assert!(said.contains("Say --demo"), "{said}");
    let said = terminal.ends("serve --data library --demo --listen 127.0.0.1:0", 2);
    assert!(said.contains("Leave --demo out"), "{said}");
    let said = terminal.ends("demo-fill --data library --tablets 1", 2);
    assert!(said.contains("library's folder"), "{said}");
    let said = terminal.ends("demo-fill --data demo --tablets 1", 2);
    assert!(said.contains("filled already"), "{said}");
}

#[test]
fn other_machines_reach_the_server_only_through_a_proxy_that_speaks_https() {
    let terminal = Terminal::new();
    let said = terminal.ends("serve --data library --listen 0.0.0.0:0", 2);
    assert!(said.contains("--behind-tls-proxy"), "{said}");
    assert!(!terminal.path("library").exists(), "nothing was begun");
}

#[test]
fn a_key_that_is_gone_is_not_made_again() {
    let terminal = Terminal::with_library();
    for key in ["data.key", "server.key"] {
        let key = terminal.path("library").join(key);
        let kept = fs::read(&key).unwrap();
        fs::remove_file(&key).unwrap();
        let said = terminal.ends("audit verify --data library", 2);
        assert!(said.contains("from a copy"), "{said}");
        fs::write(&key, kept).unwrap();
    }
    terminal.does("audit verify --data library");
}

#[test]
fn what_cannot_be_drawn_or_found_is_said_with_what_to_do() {
    let terminal = Terminal::with_library();
    let operator = "operator add --data library --name Demo --venue Leigh --badge-out";
    assert!(
        terminal
            .ends(&format!("{operator} badge.pdf"), 2)
            .contains(".svg or .png")
    );
    let venue = terminal.ends("enrol kiosk --data library --venue Nowhere", 2);
    assert!(venue.contains("There are: Leigh."), "{venue}");
    let none = terminal.ends("enrol kiosk --data nowhere --venue Leigh", 2);
    assert!(none.contains("venue add"), "{none}");
    assert!(!terminal.path("nowhere").exists());
    let twice = format!("image release {} --data library", image());
    assert!(terminal.ends(&twice, 2).contains("already"));
    let broken = terminal.ends("image seal nowhere", 1);
    assert!(broken.contains("tree.toml"), "{broken}");
}

#[test]
fn a_served_demo_says_where_it_is_and_ends_when_it_is_asked_to() {
    let terminal = Terminal::new();
    terminal.does(&format!(
        "demo-fill --data demo --tablets 5 --image {}",
        image()
    ));
    let mut server = terminal
        .command("serve --data demo --demo --listen 127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    assert!(
        listening.starts_with("listening on http://127.0.0.1:"),
        "{listening}"
    );
    assert!(
        lines
            .next()
            .unwrap()
            .unwrap()
            .starts_with("sign in once with ")
    );
    // Commands work beside a server that runs.
    terminal.does("venue add --data demo --name Demo");
    terminal.does("enrol kiosk --data demo --venue Demo");
    let asked = Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(asked.success());
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_served_library_forgets_old_telemetry_by_itself() {
    let terminal = Terminal::with_library();
    let database = rusqlite::Connection::open(terminal.path("library/library.db")).unwrap();
    database
        .execute_batch("INSERT INTO heartbeat VALUES (7, 1, 0, NULL, NULL)")
        .unwrap();
    let mut server = terminal
        .command("serve --data library --listen 127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(server.stderr.take().unwrap()).lines();
    let (tell, told) = mpsc::channel();
    let listening = thread::spawn(move || {
        let is_it = |line: &String| line.contains("old telemetry was forgotten");
        let mut said = said.map_while(Result::ok);
        said.find(is_it).map(|line| tell.send(line))
    });
    let told = told.recv_timeout(Duration::from_mins(1));
    let left = "SELECT count(*) FROM heartbeat";
    let left: u32 = database.query_row(left, [], |row| row.get(0)).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    listening.join().unwrap();
    assert!(told.unwrap().contains("rows=1"));
    assert_eq!(left, 0);
}

#[test]
fn an_operators_key_is_shown_once_and_kept_nowhere_and_can_be_revoked() {
    let terminal = Terminal::with_library();
    terminal.does("operator add --data library --name Demo --venue leigh --badge-out badge.svg");
    let said = terminal.does("operator key --data library --name demo --days 30");
    let key = said.lines().last().unwrap();
    assert!(key.starts_with("TLKEY") && key.len() == 37, "{said}");
    let database = fs::read(terminal.path("library/library.db")).unwrap();
    let is_there = |text: &str| {
        let text = text.as_bytes();
        database.windows(text.len()).any(|part| part == text)
    };
    assert!(!is_there(key) && !is_there(&key["TLKEY".len()..]));
    let revoke = "operator key --data library --name Demo --revoke";
    assert!(terminal.does(revoke).starts_with('1'));
    assert!(terminal.does(revoke).starts_with('0'));
    let nobody = terminal.ends("operator key --data library --name Nobody --days 1", 2);
    assert!(nobody.contains("operator add"), "{nobody}");
    terminal.ends("operator key --data library --name Demo", 2);
    terminal.ends("operator key --data library --name Demo --days 367", 2);
}

#[test]
fn the_certificate_of_a_tablets_last_reset_is_drawn_at_the_terminal_and_checked_anew() {
    let terminal = Terminal::with_library();
    terminal.does(&format!(
        "demo-fill --data demo --tablets 12 --image {}",
        image()
    ));
    let said = terminal.ends("certificate --data demo --tablet WGN-999", 2);
    assert!(said.contains("There is no tablet WGN-999"), "{said}");
    let database = || rusqlite::Connection::open(terminal.path("demo").join("library.db")).unwrap();
    let (number, digest): (String, String) = database()
        .query_row(
            "SELECT number, receipt FROM proof JOIN tablet USING (tablet) ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let draw = format!("certificate --data demo --tablet {number}");
    let text = terminal.does(&draw);
    let headline = format!("Certificate of the reset of tablet {number}\n");
    assert!(text.starts_with(&headline), "{text}");
    assert!(text.contains(&digest) && text.contains("This is a demo"));
    terminal.does(&format!("{draw} --out signed.json"));
    let document = fs::read(terminal.path("signed.json")).unwrap();
    assert_eq!(shared::digest::Digest::of(&document).to_string(), digest);
    database()
        .execute("UPDATE receipt SET envelope = x'7b7d'", [])
        .unwrap();
    let drawn = terminal.run(&draw);
    assert_eq!(drawn.status.code(), Some(1));
    let said = String::from_utf8(drawn.stderr).unwrap();
    assert!(said.contains("altered after it was taken"), "{said}");
}

#[test]
fn only_a_tablets_own_proof_lends_until_somebody_says_otherwise() {
    let terminal = Terminal::with_library();
    assert_eq!(terminal.does("proofs --data library"), "tablet-proven\n");
    let both = "proofs --data library --take tablet-proven,person-confirmed";
    assert_eq!(terminal.does(both), "tablet-proven\nperson-confirmed\n");
    let said = terminal.ends("proofs --data library --take everything", 2);
    assert!(said.contains("manager-reported"), "{said}");
    fs::write(terminal.path("library").join("proof.kinds"), "oath\n").unwrap();
    let said = terminal.ends("audit verify --data library", 2);
    assert!(said.contains("“oath”"), "{said}");
}

#[test]
fn a_device_managers_name_for_a_tablet_is_one_that_can_stand_in_an_address() {
    let terminal = Terminal::with_library();
    let managed = |name: &str| format!("managed --data library --tablet WGN-042 --name {name}");
    for name in [
        "D",
        "enterprises/E/devices/../x",
        "enterprises/E/devices/D?x=1",
        "enterprises//devices/D",
    ] {
        let said = terminal.ends(&managed(name), 2);
        assert!(said.contains("enterprises/E/devices/D"), "{said}");
    }
    let said = terminal.ends(&managed("enterprises/E/devices/D-1_x"), 2);
    assert!(said.contains("There is no tablet WGN-042"), "{said}");
}
