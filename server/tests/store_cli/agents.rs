//! Tablets at a terminal: enrolled with a code for their agent, or without one.

use super::*;

const ENROL: &str = "enrol tablet --data library --number WGN-101 --venue Leigh";

fn without_agent(number: &str, serial: &str) -> String {
    format!(
        "enrol tablet --data library --number {number} --venue Leigh --without-agent \
         --serial {serial} --model Tab"
    )
}

#[test]
fn a_tablet_without_an_agent_is_enrolled_at_once_and_what_makes_it_ready_is_said() {
    let terminal = Terminal::with_library();
    let said = terminal.does(&without_agent("WGN-101", "R52"));
    for next in [
        "WGN-101 is enrolled",
        "tag --tablet WGN-101 --out WGN-101.svg",
        "checklist",
        "managed --tablet WGN-101",
        "proofs --help",
    ] {
        assert!(said.contains(next), "{next}: {said}");
    }
    let tag = terminal.does("tag --data library --tablet WGN-101 --text");
    assert!(tag.contains("WGN101"), "{tag}");
    terminal.does("managed --data library --tablet WGN-101 --name enterprises/e/devices/d");
    terminal.does("proofs --data library --take person-confirmed");
    let said = terminal.does(&without_agent("WGN-102", "R53"));
    assert!(!said.contains("proofs --help"), "it is said: {said}");
    let no = terminal.ends(&without_agent("WGN-102", "R54"), 2);
    assert!(no.contains("Another tablet has this number"), "{no}");
    let no = terminal.ends(&without_agent("WGN-103", "R53"), 2);
    assert!(no.contains("Another tablet has this serial number"), "{no}");
    terminal.does("audit rebuild --data library");
    terminal.does("audit verify --data library");
}

#[test]
fn what_does_not_say_which_tablet_it_is_enrols_nothing() {
    let terminal = Terminal::with_library();
    for words in [
        format!("{ENROL} --without-agent"),
        format!("{ENROL} --without-agent --serial R52"),
        format!("{ENROL} --serial R52 --model Tab"),
        format!("{} --qr code.svg", without_agent("WGN-101", "R52")),
        format!("{} --public-url http://x", without_agent("WGN-101", "R52")),
        without_agent("WGN-101", &"x".repeat(65)),
    ] {
        terminal.ends(&words, 2);
    }
    terminal.ends("tag --data library --tablet WGN-101 --text", 2);
}

#[test]
fn an_agent_gets_a_code_for_a_tablet_that_has_none_where_it_is_and_makes_no_keys_before() {
    let terminal = Terminal::with_library();
    terminal.does("venue add --data library --name Wigan --closed 7");
    terminal.does(&without_agent("WGN-101", "R52"));
    let no = terminal.ends("keys renew --data library --tablet WGN-101", 2);
    assert!(
        no.contains("WGN-101 has no agent. Nothing was changed."),
        "{no}"
    );
    let elsewhere = "enrol tablet --data library --number WGN-101 --venue Wigan";
    let no = terminal.ends(elsewhere, 2);
    assert!(
        no.contains("not at Wigan") && no.contains("Return it there"),
        "{no}"
    );
    assert!(terminal.does(ENROL).contains("good for 15 minutes"));
}
