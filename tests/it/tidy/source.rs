//! The repository's files, and Rust text with its comments and strings blanked out.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of ours, by its path from the root with `/` between the parts.
pub struct Source {
    pub path: String,
    pub text: String,
    /// For Rust: the text without comments and strings, line by line; else empty.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let (path, text) = (path.to_owned(), text.to_owned());
        let mut source = Self {
            path,
            text,
            code: String::new(),
        };
        if source.is_rust() {
            source.code = blank(&source.text);
        }
        source
    }

    pub fn has_ending(&self, endings: &[&str]) -> bool {
        let ending = Path::new(&self.path)
            .extension()
            .and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    }

    pub fn is_rust(&self) -> bool {
        self.has_ending(&["rs"])
    }

    pub fn complain(&self, line: usize, what: impl Into<String>) -> Complaint {
        Complaint {
            path: self.path.clone(),
            line,
            what: what.into(),
        }
    }

    /// A complaint for every line of Rust code (no comment, no string) that `wrong` finds.
    pub fn code_lines(&self, wrong: impl Fn(&str) -> Option<String>) -> Vec<Complaint> {
        numbered(&self.code)
            .filter_map(|(at, line)| Some(self.complain(at, wrong(line)?)))
            .collect()
    }
}

/// Lines with their numbers, from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// What is wrong, where, and what to do instead.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaint {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a path from the root leads to something.
pub fn exists(path: &str) -> bool {
    root().join(path).exists()
}

const NOT_OURS: [&str; 5] = [".git", "target", "demo-data", "node_modules", "vendor"];

/// Every text file of ours.
pub fn repository() -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    assert!(
        found.len() > 20,
        "this is not the repository: {}",
        root().display()
    );
    found
}

fn walk(folder: &Path, path: &str, found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("a folder of ours can be read");
    let mut entries: Vec<_> = entries
        .map(|entry| entry.expect("its entries too"))
        .collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let inside = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        let kind = entry.file_type().expect("an entry has a kind");
        if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            walk(&entry.path(), &inside, found);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(Source::new(&inside, &text));
        }
    }
}

/// The same text with comments and the insides of strings made blank, line by line.
fn blank(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let (length, keep) = piece(rest, first, code.chars().next_back());
        let (here, after) = rest.split_at(length);
        if keep {
            code.push_str(here);
        } else {
            code.extend(here.chars().map(|it| if it == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// How long the piece at the start of `rest` is, and whether it is code.
fn piece(rest: &str, first: char, before: Option<char>) -> (usize, bool) {
    let starts_word = !before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), false);
    }
    if starts_word && let Some(length) = raw_string(rest) {
        return (length, false);
    }
    match first {
        '"' => (quoted(rest, '"'), false),
        '\'' if is_char(rest) => (quoted(rest, '\''), false),
        _ => (first.len_utf8(), true),
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, _) in rest.char_indices() {
        if rest[at..].starts_with("/*") {
            depth += 1;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    rest.len()
}

/// The length of `r"…"`, `r#"…"#`, `br"…"` and their like.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|it| {
        rest.strip_prefix(it)
            .is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let hashes = rest[prefix.len()..]
        .chars()
        .take_while(|it| *it == '#')
        .count();
    let opened = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(
        rest[opened..]
            .find(&end)
            .map_or(rest.len(), |at| opened + at + end.len()),
    )
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, it) in rest.char_indices().skip(1) {
        if !escaped && it == quote {
            return at + 1;
        }
        escaped = !escaped && it == '\\';
    }
    rest.len()
}

/// A quote opens a character, not a lifetime, where another follows one character on.
fn is_char(rest: &str) -> bool {
    let mut after = rest.chars().skip(1);
    match after.next() {
        Some('\\') => true,
        Some(_) => after.next() == Some('\''),
        None => false,
    }
}

/// Whether `word` stands in `text` as a whole word.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

#[test]
fn comments_and_strings_are_blanked_and_lines_stay() {
    let text = "let a = \"x // y\"; // unsafe\n/* un /* safe */ */ let b = r#\"q\"uote\"#;\nlet c: &'a str = 'u';";
    let code = blank(text);
    assert_eq!(code.lines().count(), 3);
    assert!(
        !["x", "unsafe", "safe", "uote", "'u'"]
            .iter()
            .any(|it| code.contains(it)),
        "{code}"
    );
    assert!(
        ["let a =", "let b =", "let c: &'a str ="]
            .iter()
            .all(|it| code.contains(it)),
        "{code}"
    );
}

#[test]
fn an_escaped_quote_does_not_end_a_string() {
    assert_eq!(blank(r#"f("a\"b", '\'', c)"#).replace(' ', ""), "f(,,c)");
}

#[test]
fn a_whole_word_is_no_part_of_another() {
    assert!(has_word("use slint::x;", "slint"));
    assert!(!has_word("slint_build::compile", "slint") && !has_word("i_slint", "slint"));
}
