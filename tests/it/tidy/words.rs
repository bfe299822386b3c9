//! One word for one thing: the words we do not use, each with the one we do.

use super::source::{Complaint, Source, numbered};

/// Where a word is banned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In code and in what people read.
    Everywhere,
    /// In what people read; code may speak of the machine's own things by it.
    ForPeople,
}

/// A word or two, as parts in lower case; a plural counts too where the word has one.
const BANNED: &[(&str, Where, &str)] = &[
    (
        "checkin",
        Where::Everywhere,
        "return (a borrower's) or heartbeat (an agent's)",
    ),
    (
        "check-in",
        Where::Everywhere,
        "return (a borrower's) or heartbeat (an agent's)",
    ),
    ("checked-in", Where::Everywhere, "returned"),
    ("patron", Where::Everywhere, "borrower"),
    ("asset", Where::Everywhere, "tablet"),
    ("barcode", Where::Everywhere, "tag"),
    ("sanitise", Where::Everywhere, "reset"),
    ("sanitize", Where::Everywhere, "reset"),
    ("refurbish", Where::Everywhere, "reset"),
    ("firmware", Where::Everywhere, "image"),
    ("checksum", Where::Everywhere, "digest"),
    ("reservation", Where::Everywhere, "hold"),
    ("service-point", Where::Everywhere, "venue"),
    ("quota", Where::Everywhere, "allowance"),
    ("customer", Where::ForPeople, "borrower"),
    ("booking", Where::ForPeople, "hold"),
    ("device", Where::ForPeople, "tablet"),
];

/// Lines that may say such a word, by a part of the line, each for a reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("heartbeat", "the README says once what others call it"),
    (
        "device manager",
        "the product's own name for what runs Android and iPad fleets",
    ),
    ("device-width", "HTML's word in the viewport"),
    ("delete --checksum", "rsync's own word for it"),
    (
        "library card's barcode",
        "a card has one; a tablet has a tag",
    ),
];

/// The list itself, and texts that are not ours.
const NOT_READ: [&str; 2] = ["tests/it/tidy/words.rs", "LICENSE"];

const FOR_PEOPLE: [&str; 4] = ["slint", "ftl", "md", "html"];

/// Complains of every banned word.
pub fn banned(file: &Source) -> Vec<Complaint> {
    let for_people = file.has_ending(&FOR_PEOPLE);
    if !(for_people || file.is_rust()) || NOT_READ.iter().any(|it| file.path.starts_with(it)) {
        return Vec::new();
    }
    let lines = numbered(&file.text).filter(|(_, line)| !is_excepted(line));
    lines
        .flat_map(|(at, line)| banned_in(file, at, line, for_people))
        .collect()
}

fn is_excepted(line: &str) -> bool {
    let line = line.to_lowercase();
    EXCEPTIONS.iter().any(|(part, _)| line.contains(part))
}

fn banned_in(file: &Source, at: usize, line: &str, for_people: bool) -> Vec<Complaint> {
    let parts = parts(line);
    let found = BANNED.iter().filter(|(word, place, _)| {
        (for_people || *place == Where::Everywhere) && stands_in(&parts, word)
    });
    found
        .map(|(word, _, instead)| file.complain(at, format!("“{word}”: say {instead}")))
        .collect()
}

/// A part of a word, and whether it is joined to the one before (`check-in`,
/// `check_in`, `CheckIn`), which a space does not do.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    text: String,
    joined: bool,
}

fn parts(line: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut before = ' ';
    for it in line.chars() {
        if it.is_alphanumeric() {
            let starts = !before.is_alphanumeric() || (it.is_uppercase() && before.is_lowercase());
            if starts {
                let joined = before.is_alphanumeric() || before == '-' || before == '_';
                parts.push(Part {
                    text: String::new(),
                    joined,
                });
            }
            if let Some(part) = parts.last_mut() {
                part.text.extend(it.to_lowercase());
            }
        }
        before = it;
    }
    parts
}

fn stands_in(parts: &[Part], word: &str) -> bool {
    match word.split_once('-') {
        None => parts.iter().any(|part| is(&part.text, word)),
        Some((first, second)) => parts.windows(2).any(|pair| {
            // “A check in the morning” is English; “service point” never is.
            let near = pair[1].joined || first == "service";
            near && pair[0].text == first && is(&pair[1].text, second)
        }),
    }
}

/// The word or its plural; “assets” are the files a page brings along.
fn is(text: &str, word: &str) -> bool {
    text == word || (word != "asset" && text.strip_suffix('s') == Some(word))
}

/// Names that say nothing of what a thing is.
const EMPTY: [&str; 6] = ["Manager", "Helper", "Util", "Utils", "Service", "Processor"];

/// Complains of types and modules called so.
pub fn empty_names(file: &Source) -> Vec<Complaint> {
    file.code_lines(|line| {
        let name = declared(line)?;
        let words = parts(name);
        let empty = EMPTY
            .iter()
            .find(|it| words.iter().any(|part| part.text == it.to_lowercase()))?;
        Some(format!(
            "`{name}`: {empty} says nothing; name it for what it is or does"
        ))
    })
}

/// The name of the type or module that a line of code declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line
        .split(|it: char| !(it.is_alphanumeric() || it == '_'))
        .filter(|it| !it.is_empty());
    words.find(|it| ["struct", "enum", "trait", "type", "mod"].contains(it))?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(path: &str, text: &str) -> Vec<String> {
        banned(&Source::new(path, text))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_banned_word_is_caught_with_its_place_and_the_word_to_use() {
        assert_eq!(
            caught("lang/en.ftl", "hello = Hello\nscan = Scan the barcode"),
            ["lang/en.ftl:2: “barcode”: say tag"]
        );
    }

    #[test]
    fn it_is_caught_inside_names_in_plural_and_in_capitals() {
        for line in [
            "struct PatronId;",
            "fn list_patrons() {}",
            "// PATRON",
            "let a = \"patron\";",
        ] {
            assert_eq!(caught("server/src/a.rs", line).len(), 1, "{line}");
        }
    }

    #[test]
    fn two_words_are_caught_however_they_are_joined() {
        for line in ["check-in", "check_in(", "CheckIn", "Check-ins", "checkin"] {
            assert_eq!(caught("agent/src/a.rs", line).len(), 1, "{line}");
        }
        assert_eq!(caught("README.md", "at a service point").len(), 1);
    }

    #[test]
    fn plain_english_and_longer_words_are_left_alone() {
        for line in [
            "a check in the morning",
            "patronise",
            "assets/site.css",
            "rehash",
        ] {
            assert_eq!(caught("README.md", line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn code_may_speak_of_the_cameras_own_things_but_people_never_read_it() {
        assert_eq!(
            caught("kiosk/src/camera.rs", "let device = open(0);"),
            Vec::<String>::new()
        );
        assert_eq!(caught("lang/en.ftl", "a = Your device").len(), 1);
    }

    #[test]
    fn an_exception_holds_only_for_its_own_line() {
        let text = "The agent's check-ins are called heartbeats.\nA check-in is late.";
        assert_eq!(caught("README.md", text).len(), 1);
    }

    #[test]
    fn a_name_that_says_nothing_is_caught() {
        let names = |text: &str| empty_names(&Source::new("a/src/a.rs", text)).len();
        assert_eq!(names("pub struct LoanManager {"), 1);
        assert_eq!(names("mod utils;"), 1);
        assert_eq!(
            names("// struct LoanManager\nlet s = \"struct LoanHelper\";"),
            0
        );
        assert_eq!(names("pub struct Loan {"), 0);
    }
}
