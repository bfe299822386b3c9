//! `lib.rs` lists modules in the order of dependence: each may name only those above it.

use std::collections::BTreeSet;

use super::source::{Complaint, Source, numbered};

/// Checks every crate that has a `src/lib.rs`.
pub fn check(files: &[Source]) -> Vec<Complaint> {
    let libs = files
        .iter()
        .filter_map(|file| Some((file, file.path.strip_suffix("lib.rs")?)));
    libs.filter(|(_, folder)| folder.ends_with("/src/"))
        .flat_map(|(lib, folder)| check_crate(&modules(&lib.code), folder, files))
        .collect()
}

fn check_crate(order: &[String], folder: &str, files: &[Source]) -> Vec<Complaint> {
    let inside = files
        .iter()
        .filter(|file| file.is_rust() && !is_test(&file.path));
    inside
        .filter_map(|file| Some((file, module_of(file.path.strip_prefix(folder)?))))
        .filter_map(|(file, module)| Some((file, order.iter().position(|it| *it == module)?)))
        .flat_map(|(file, at)| check_file(file, &order[at], &order[at + 1..]))
        .collect()
}

/// A module's tests in a file of their own may use all of the crate, as those below it may.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn check_file(file: &Source, module: &str, below: &[String]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (at, named) in crate_names(&file.code) {
        if below.contains(&named) {
            let what = format!("`{module}` names `crate::{named}`, which lib.rs lists below it");
            complaints.push(file.complain(at, what));
        }
    }
    complaints
}

/// The modules that `lib.rs` lists, in its order.
fn modules(code: &str) -> Vec<String> {
    let lines = code
        .lines()
        .map(|line| line.trim().trim_start_matches("pub(crate) "));
    lines
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .map(str::to_owned)
        .collect()
}

/// The module of lib.rs that a file below `src/` belongs to.
fn module_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// What follows each `crate::`, with its line. Tests stand below the code they test
/// and may use all of the crate.
fn crate_names(code: &str) -> Vec<(usize, String)> {
    let code = above_tests(code);
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == '$') {
            continue;
        }
        let line = numbered(&code[..at]).count() + usize::from(code[..at].ends_with('\n'));
        let after = &code[at + "crate::".len()..];
        names.extend(
            first_names(after)
                .into_iter()
                .map(|name| (line.max(1), name)),
        );
    }
    names
}

/// The code above the module of tests, where that is in the same file.
fn above_tests(code: &str) -> &str {
    let opens_here = |at: usize| {
        let after = code[at..].split(';').next().unwrap_or_default();
        after.contains("mod ") && after.contains('{')
    };
    let mut marks = code.match_indices("#[cfg(test)]").map(|(at, _)| at);
    marks
        .find(|at| opens_here(*at))
        .map_or(code, |at| &code[..at])
}

/// `a::b` names a; `{a::{b, c}, d}` names a and d.
fn first_names(after: &str) -> BTreeSet<String> {
    let Some(group) = after.strip_prefix('{') else {
        return BTreeSet::from([word(after)]);
    };
    let mut names = BTreeSet::new();
    let mut depth = 0_usize;
    let mut starts = true;
    for (at, it) in group.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts = true,
            _ if starts && !it.is_whitespace() => {
                names.insert(word(&group[at..]));
                starts = false;
            }
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|it| it.is_alphanumeric() || *it == '_')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "//! The domain.\npub mod ids;\npub mod time;\nmod loan;\n";

    fn complaints(path: &str, text: &str) -> Vec<String> {
        let files = [
            Source::new("shared/src/lib.rs", LIB),
            Source::new(path, text),
        ];
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_module_that_names_one_below_it_is_caught() {
        let caught = complaints(
            "shared/src/time.rs",
            "use crate::ids::A;\nuse crate::loan::Loan;\n",
        );
        assert_eq!(
            caught,
            ["shared/src/time.rs:2: `time` names `crate::loan`, which lib.rs lists below it"]
        );
    }

    #[test]
    fn a_group_and_a_deeper_file_are_read_too() {
        let text = "use crate::{\n    ids::{A, B},\n    loan::Loan,\n};\n";
        assert_eq!(complaints("shared/src/time/zone.rs", text).len(), 1);
    }

    #[test]
    fn a_path_inside_a_function_is_read_too() {
        let caught = complaints(
            "shared/src/ids.rs",
            "fn a() {\n    crate::time::now();\n}\n",
        );
        assert_eq!(caught.len(), 1);
        assert!(caught[0].starts_with("shared/src/ids.rs:2:"), "{caught:?}");
    }

    #[test]
    fn modules_above_itself_comments_and_tests_are_no_matter() {
        let text = "//! Not crate::loan.\nuse crate::ids::A;\nuse crate::time::B;\n#[cfg(test)]\nmod tests { use crate::loan::Loan; }\n";
        assert_eq!(complaints("shared/src/time.rs", text), Vec::<String>::new());
        let tests = complaints("shared/src/time/tests.rs", "use crate::loan::Loan;");
        assert_eq!(tests, Vec::<String>::new());
    }

    #[test]
    fn what_follows_the_name_of_a_tests_file_is_read_on() {
        let text = "#[cfg(test)]\nmod tests;\nuse crate::loan::Loan;\n";
        assert_eq!(complaints("shared/src/time.rs", text).len(), 1);
    }
}
