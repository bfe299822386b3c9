//! What documents say of paths is true, and true on every machine.

use super::source::{Complaint, Source, numbered};

/// Complains of paths in backticks and of links that lead nowhere.
pub fn paths(file: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Complaint> {
    if !file.has_ending(&["md"]) {
        return Vec::new();
    }
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut complaints = Vec::new();
    for (at, line) in numbered(&file.text) {
        let named = in_backticks(line).filter_map(|word| our_path(word, exists));
        let linked = links(line).map(|link| join(folder, link));
        let gone = named
            .map(str::to_owned)
            .chain(linked)
            .filter(|path| !exists(path));
        complaints.extend(gone.map(|path| file.complain(at, format!("`{path}` does not exist"))));
    }
    complaints
}

/// Complains of tests that a document names and nobody wrote. A test's name is a
/// sentence, so four words in a row are taken for one.
pub fn tests(file: &Source, is_written: &dyn Fn(&str) -> bool) -> Vec<Complaint> {
    if !file.has_ending(&["md"]) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (at, line) in numbered(&file.text) {
        let missing = in_backticks(line).filter(|word| is_sentence(word) && !is_written(word));
        complaints.extend(missing.map(|it| file.complain(at, format!("no test is called `{it}`"))));
    }
    complaints
}

fn is_sentence(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.split('_').count() > 3 && word.chars().all(plain)
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A path that starts in a folder of ours and is no pattern.
fn our_path<'a>(word: &'a str, exists: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    let path = word
        .split_once(':')
        .map_or(word, |(path, _)| path)
        .trim_end_matches('/');
    let (first, _) = path.split_once('/')?;
    let is_pattern = path.contains([' ', '*', '<', '{', '…', '$', '(']);
    (!is_pattern && !first.is_empty() && exists(first)).then_some(path)
}

/// Where links and pictures lead, without those that leave the repository.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|after| after.split([')', '#', ' ']).next());
    targets.filter(|link| !link.is_empty() && !link.contains(':'))
}

fn join(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Folders that exist on one machine only.
const MACHINE: [&str; 4] = ["/work/", "/tmp/", "/root/", "/home/"];
/// The home of the person who borrowed a tablet is the same on every tablet.
const BORROWER: &str = "/home/borrower";

/// Complains of absolute paths of the machine a document was written on.
pub fn machine_paths(file: &Source) -> Vec<Complaint> {
    if !file.has_ending(&["md", "html", "toml"]) {
        return Vec::new();
    }
    let lines = numbered(&file.text).map(|(at, line)| (at, line.replace(BORROWER, "")));
    lines
        .filter_map(|(at, line)| Some((at, MACHINE.iter().find(|it| stands_alone(&line, it))?)))
        .map(|(at, found)| file.complain(at, format!("`{found}…` is on somebody's machine")))
        .collect()
}

/// A path of its own, not the middle of a longer one or of an address.
fn stands_alone(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || "./-_…".contains(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const THERE: [&str; 4] = ["shared", "shared/src/loan.rs", "docs", "docs/kiosk.png"];

    fn gone(text: &str) -> Vec<String> {
        let exists = |path: &str| THERE.contains(&path);
        paths(&Source::new("docs/map.md", text), &exists)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_path_that_is_gone_is_caught() {
        let text = "See `shared/src/loan.rs`\nand `shared/src/lend.rs:12`.";
        assert_eq!(
            gone(text),
            ["docs/map.md:2: `shared/src/lend.rs` does not exist"]
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_caught_from_its_own_folder() {
        let text = "![k](kiosk.png) [l](../shared/src/loan.rs#top) [x](gone.md)";
        assert_eq!(gone(text), ["docs/map.md:1: `docs/gone.md` does not exist"]);
    }

    #[test]
    fn patterns_commands_and_other_peoples_paths_are_no_promise() {
        let text = "`shared/src/*.rs` `shared/<noun>.rs` `cargo demo` `and/or` [a](https://a.b/c)";
        assert_eq!(gone(text), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_nobody_wrote_is_caught() {
        let text = "`a_return_is_taken` and `a_return_is_refused`, `commit_batch`";
        let written = |name: &str| name == "a_return_is_taken";
        let caught = tests(&Source::new("README.md", text), &written);
        let caught: Vec<String> = caught.iter().map(ToString::to_string).collect();
        assert_eq!(
            caught,
            ["README.md:1: no test is called `a_return_is_refused`"]
        );
    }

    #[test]
    fn a_folder_of_somebodys_machine_is_caught() {
        let caught = |text: &str| machine_paths(&Source::new("README.md", text)).len();
        assert_eq!(caught("Run it in /home/anna/library."), 1);
        assert_eq!(caught("`/tmp/out` and more"), 1);
        assert_eq!(
            caught("/home/borrower/Documents, https://a.b/work/c, src/tmp/x"),
            0
        );
    }
}
