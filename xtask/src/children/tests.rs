//! Real programs (`sh`), because what is tested is how we get on with them.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use super::*;

const SOON: Duration = Duration::from_secs(20);
const AT_ONCE: Duration = Duration::from_millis(50);

struct Here {
    children: Children,
    _folder: tempfile::TempDir,
}

fn here() -> Here {
    let folder = tempfile::tempdir().unwrap();
    Here {
        children: Children::new(&folder.path().join("log")).unwrap(),
        _folder: folder,
    }
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn line_with(part: &str) -> impl FnMut(&str) -> Option<String> {
    move |line| line.contains(part).then(|| line.to_owned())
}

fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// A shell that ends with 0 when asked to, and until then waits for input.
const POLITE: &str =
    "trap 'echo bye; exit 0' TERM; echo ready $$; while read -r word; do echo heard $word; done";
/// A shell that does not end when asked to.
const STUBBORN: &str = "trap '' TERM; echo ready $$; exec cat";

#[test]
fn it_waits_for_the_line_that_says_ready_and_takes_a_value_from_it() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start(
            "server",
            sh("echo hello; echo listening on 4711; read -r x"),
        )
        .unwrap();
    let port = children.wait_for("server", SOON, |line| {
        line.strip_prefix("listening on ").map(str::parse::<u16>)
    });
    assert_eq!(port.unwrap().unwrap(), 4711);
}

#[test]
fn the_next_wait_goes_on_after_the_line_found() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start("kiosk", sh("echo screen one; echo screen two; read -r x"))
        .unwrap();
    assert_eq!(
        children
            .wait_for("kiosk", SOON, line_with("screen"))
            .unwrap(),
        "screen one"
    );
    assert_eq!(
        children
            .wait_for("kiosk", SOON, line_with("screen"))
            .unwrap(),
        "screen two"
    );
}

#[test]
fn a_program_that_is_not_ready_in_time_is_named_with_its_last_lines() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start(
            "server",
            sh("echo warming up; echo still cold >&2; echo up; read -r x"),
        )
        .unwrap();
    children.wait_for("server", SOON, line_with("up")).unwrap();
    children.wait_for("server", SOON, line_with("up")).unwrap();
    let trouble = children
        .wait_for("server", AT_ONCE, line_with("ready"))
        .unwrap_err();
    assert!(
        matches!(&trouble, Trouble::NotReady { name, .. } if name == "server"),
        "{trouble}"
    );
    assert!(trouble.to_string().contains("  warming up"), "{trouble}");
}

#[test]
fn a_program_that_ends_instead_is_told_with_its_code_and_last_words() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start("agent", sh("echo no such folder >&2; exit 3"))
        .unwrap();
    let trouble = children
        .wait_for("agent", SOON, line_with("ready"))
        .unwrap_err();
    let last = vec!["no such folder".to_owned()];
    let (name, how) = ("agent".to_owned(), "exit code 3".to_owned());
    assert_eq!(trouble, Trouble::Ended { name, how, last });
}

#[test]
fn a_line_written_just_before_the_end_is_still_found() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("agent", sh("echo proven")).unwrap();
    assert_eq!(
        children
            .wait_for("agent", SOON, line_with("proven"))
            .unwrap(),
        "proven"
    );
}

#[test]
fn a_program_nobody_started_is_not_waited_for() {
    let Here {
        mut children,
        _folder,
    } = here();
    let trouble = children
        .wait_for("kiosk", SOON, line_with("ready"))
        .unwrap_err();
    assert_eq!(
        trouble,
        Trouble::NotRunning {
            name: "kiosk".to_owned()
        }
    );
}

#[test]
fn a_program_that_is_not_there_is_named_at_the_start() {
    let Here {
        mut children,
        _folder,
    } = here();
    let fault = children
        .start("server", Command::new("/no/such/program"))
        .unwrap_err();
    assert!(
        format!("{fault:#}").contains("server (/no/such/program)"),
        "{fault:#}"
    );
}

#[test]
fn both_streams_go_to_its_log_after_its_name() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start("agent-1", sh("echo out; echo err >&2"))
        .unwrap();
    children.wait_for_end("agent-1", SOON).unwrap();
    let log = fs::read_to_string(children.log("agent-1")).unwrap();
    let mut lines: Vec<_> = log.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["agent-1 | err", "agent-1 | out"]);
}

#[test]
fn bytes_that_are_no_text_do_not_silence_a_program() {
    let Here {
        mut children,
        _folder,
    } = here();
    children
        .start("agent", sh(r"printf 'a\377b\n'; echo after"))
        .unwrap();
    assert_eq!(
        children
            .wait_for("agent", SOON, line_with("after"))
            .unwrap(),
        "after"
    );
}

#[test]
fn a_program_is_told_a_line_and_answers() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("kiosk", sh(POLITE)).unwrap();
    children.tell("kiosk", "show-card").unwrap();
    assert_eq!(
        children
            .wait_for("kiosk", SOON, line_with("heard"))
            .unwrap(),
        "heard show-card"
    );
}

#[test]
fn a_stop_asks_first_so_that_programs_can_tidy_up() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("server", sh(POLITE)).unwrap();
    children.start("agent", sh(POLITE)).unwrap();
    let pid = ready_pid(&mut children, "server");
    ready_pid(&mut children, "agent");
    assert_eq!(children.stop().unwrap(), Vec::<String>::new());
    assert!(
        fs::read_to_string(children.log("server"))
            .unwrap()
            .ends_with("server | bye\n")
    );
    assert!(!exists(pid));
}

#[test]
fn a_stop_insists_where_asking_did_not_help_and_says_with_whom() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.grace = AT_ONCE;
    children.start("kiosk", sh(STUBBORN)).unwrap();
    let pid = ready_pid(&mut children, "kiosk");
    assert_eq!(children.stop().unwrap(), ["kiosk"]);
    assert!(!exists(pid));
}

#[test]
fn what_a_program_started_itself_ends_with_it() {
    let Here {
        mut children,
        _folder,
    } = here();
    let script = "cat /dev/zero > /dev/null & echo ready $!; wait";
    children.start("agent", sh(script)).unwrap();
    let grandchild = ready_pid(&mut children, "agent");
    children.stop().unwrap();
    assert!(!runs(grandchild));
}

#[test]
fn what_a_program_leaves_behind_is_killed_after_the_grace() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.grace = AT_ONCE;
    let script = "(trap '' TERM; exec sh -c 'echo ready $$; exec cat /dev/zero >/dev/null') & trap 'exit 0' TERM; wait";
    children.start("agent", sh(script)).unwrap();
    let grandchild = ready_pid(&mut children, "agent");
    assert_eq!(children.stop().unwrap(), ["agent"]);
    assert!(!runs(grandchild));
}

#[test]
fn dropping_the_children_ends_them() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("server", sh(POLITE)).unwrap();
    let pid = ready_pid(&mut children, "server");
    drop(children);
    assert!(!exists(pid));
}

#[test]
fn a_killed_program_can_be_started_again_and_its_log_goes_on() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("server", sh(POLITE)).unwrap();
    let first = ready_pid(&mut children, "server");
    children.kill("server").unwrap();
    assert!(!exists(first));
    children.start("server", sh(POLITE)).unwrap();
    assert_ne!(ready_pid(&mut children, "server"), first);
    assert_eq!(
        fs::read_to_string(children.log("server"))
            .unwrap()
            .matches("ready")
            .count(),
        2
    );
}

#[test]
fn the_brake_ends_a_wait_at_once() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("server", sh(POLITE)).unwrap();
    ready_pid(&mut children, "server");
    let brake = children.brake();
    let hand = thread::spawn(move || brake.pull());
    let trouble = children
        .wait_for("server", SOON, line_with("never"))
        .unwrap_err();
    hand.join().unwrap();
    assert_eq!(trouble, Trouble::Stopped);
    assert_eq!(children.until_stopped(), Why::Asked);
}

#[test]
fn a_program_that_ends_by_itself_ends_the_run_with_its_name() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("server", sh(POLITE)).unwrap();
    children
        .start("agent", sh("echo out of ideas; exit 7"))
        .unwrap();
    let Why::Ended(Trouble::Ended { name, how, last }) = children.until_stopped() else {
        panic!("nobody pulled the brake");
    };
    assert_eq!((name.as_str(), how.as_str()), ("agent", "exit code 7"));
    assert_eq!(last, ["out of ideas"]);
}

#[test]
fn an_end_that_was_asked_for_is_no_surprise() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("agent", sh("exit 0")).unwrap();
    children.start("server", sh(POLITE)).unwrap();
    children.wait_for_end("agent", SOON).unwrap();
    children.kill("server").unwrap();
    children.brake().pull();
    assert_eq!(children.until_stopped(), Why::Asked);
}

#[test]
fn the_end_of_a_program_is_waited_for_and_told() {
    let Here {
        mut children,
        _folder,
    } = here();
    children.start("agent", sh("exit 4")).unwrap();
    assert_eq!(
        children.wait_for_end("agent", SOON).unwrap().code(),
        Some(4)
    );
}

fn ready_pid(children: &mut Children, name: &str) -> u32 {
    let line = children.wait_for(name, SOON, |line| {
        line.strip_prefix("ready ").map(str::to_owned)
    });
    line.unwrap().parse().unwrap()
}

/// Its streams are closed already, so what is left is at most its last moment.
fn runs(pid: u32) -> bool {
    let deadline = Instant::now() + SOON;
    while exists(pid) && !is_zombie(pid) {
        if Instant::now() > deadline {
            return true;
        }
        thread::yield_now();
    }
    false
}

fn is_zombie(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}
