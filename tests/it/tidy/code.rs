//! What Rust code of ours does not do, how its files open, and how long they may be.

use super::source::{Complaint, Source, has_word};

/// Parts of code that are not taken, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    (
        "#[allow(",
        "use #[expect(.., reason = \"..\")], which complains when it is not needed",
    ),
    (
        "#![allow(",
        "use #![expect(.., reason = \"..\")], which complains when it is not needed",
    ),
    (
        "thread::sleep",
        "wait for the event that is meant, up to a deadline",
    ),
    ("todo!(", "write it or leave it out"),
    ("unimplemented!(", "write it or leave it out"),
    ("dbg!(", "log it or leave it out"),
    ("#[ignore", "a test that does not run guards nothing"),
];

/// Complains of what is on that list.
pub fn forbidden(file: &Source) -> Vec<Complaint> {
    FORBIDDEN
        .iter()
        .flat_map(|(part, instead)| {
            file.code_lines(|line| line.contains(part).then(|| format!("`{part}`: {instead}")))
        })
        .collect()
}

/// Modules that must speak to the machine without the compiler's help; rustix first.
/// `SQLite` calls a file system through C function pointers and no other way, and a
/// request by `ioctl` takes whatever struct it is given.
const UNSAFE: [&str; 2] = ["agent/src/ioctl.rs", "rigs/src/power/vfs.rs"];

/// Complains of unsafe code outside the listed modules.
pub fn unchecked(file: &Source) -> Vec<Complaint> {
    if UNSAFE.contains(&file.path.as_str()) {
        return Vec::new();
    }
    file.code_lines(|line| {
        let found = ["unsafe", "unsafe_code"]
            .iter()
            .any(|it| has_word(line, it));
        found.then(|| "unsafe code only in the modules that tidy lists".to_owned())
    })
}

/// Complains of a file that does not say first what it is for, and of `mod.rs`.
pub fn opening(file: &Source) -> Vec<Complaint> {
    if !file.is_rust() {
        return Vec::new();
    }
    let first = file.text.lines().next().unwrap_or_default();
    let says = first
        .strip_prefix("//! ")
        .is_some_and(|words| !words.trim().is_empty());
    let silent = (!says).then(|| file.complain(1, "open with `//!` and what the file is for"));
    let unnamed = file.path.ends_with("/mod.rs");
    let unnamed = unnamed.then(|| file.complain(1, "call it after its module, `foo.rs`"));
    silent.into_iter().chain(unnamed).collect()
}

/// No file of code is longer than this.
const LINES: usize = 600;

/// Complains of files that are too long to read in one go.
pub fn length(file: &Source) -> Vec<Complaint> {
    let lines = file.text.lines().count();
    let long = file.has_ending(&["rs", "slint"]) && lines > LINES;
    let what = format!("{lines} lines; {LINES} is the most: which noun wants its own file?");
    long.then(|| file.complain(LINES, what))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> Source {
        Source::new("server/src/a.rs", text)
    }

    #[test]
    fn each_way_out_is_caught() {
        for line in [
            "#[allow(dead_code)]",
            "#![allow(dead_code)]",
            "std::thread::sleep(second);",
            "use std::thread::sleep;",
            "todo!()",
            "unimplemented!()",
            "dbg!(x)",
            "#[ignore = \"slow\"]",
        ] {
            assert_eq!(forbidden(&rust(line)).len(), 1, "{line}");
        }
    }

    #[test]
    fn to_speak_of_it_is_not_to_do_it() {
        let text = "//! No todo!() here.\nlet a = \"thread::sleep\"; // #[allow(";
        assert_eq!(forbidden(&rust(text)), []);
        assert_eq!(unchecked(&rust("// unsafe\nlet a = \"unsafe\";")), []);
    }

    #[test]
    fn unsafe_code_and_its_permission_are_caught() {
        assert_eq!(unchecked(&rust("let a = unsafe { b() };")).len(), 1);
        assert_eq!(
            unchecked(&rust("#[expect(unsafe_code, reason = \"x\")]")).len(),
            1
        );
    }

    #[test]
    fn a_file_that_opens_without_a_word_is_caught() {
        assert_eq!(opening(&rust("use a::b;")).len(), 1);
        assert_eq!(opening(&rust("//! \nuse a::b;")).len(), 1);
        assert_eq!(opening(&rust("//! What it is for.")).len(), 0);
        assert_eq!(opening(&Source::new("a/src/b/mod.rs", "//! B.")).len(), 1);
    }

    #[test]
    fn a_file_of_601_lines_is_caught() {
        assert_eq!(length(&rust(&"a\n".repeat(601))).len(), 1);
        assert_eq!(length(&rust(&"a\n".repeat(600))).len(), 0);
    }
}
