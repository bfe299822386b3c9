//! Planted bugs: each stands at one place of the product's own code, or nothing is broken
//! by it; and a test that is to catch one exists.

use planted::Bug;
use xtask::planted::catcher::Catcher;

use super::source::{Complaint, Source, numbered};

/// The product: what ships is built of these.
const PRODUCT: [&str; 4] = ["shared/src/", "server/src/", "agent/src/", "kiosk/src/"];

/// Where the bugs are named.
const LIST: &str = "planted/src/lib.rs";

/// Complains of a bug that stands nowhere or twice, and of one outside the product.
pub fn sites(files: &[Source]) -> Vec<Complaint> {
    let places: Vec<(&Source, usize, &str)> = files.iter().flat_map(places).collect();
    let outside = places
        .iter()
        .filter(|(file, ..)| !PRODUCT.iter().any(|part| file.path.starts_with(part)))
        .map(|(file, line, bug)| {
            file.complain(*line, format!("{bug} is planted outside the product"))
        });
    let counted = Bug::ALL.iter().filter_map(|bug| {
        let at = places.iter().filter(|(.., name)| *name == bug.name());
        let (bug, count) = (bug.name(), at.count());
        (count != 1).then(|| complaint(format!("{bug} stands at {count} places; it is to be one")))
    });
    outside.chain(counted).collect()
}

/// Where bugs are planted in a file.
fn places(file: &Source) -> Vec<(&Source, usize, &str)> {
    if file.path == LIST {
        return Vec::new();
    }
    let named = |(at, line): (usize, &'_ str)| {
        let names = line.split("planted!(").skip(1);
        names
            .filter_map(|rest| Some((at, rest.split_once(')')?.0.to_owned())))
            .collect::<Vec<_>>()
    };
    let found = numbered(&file.code).flat_map(named);
    let known = found.filter_map(|(at, name)| Some((at, Bug::named(&name)?.name())));
    known.map(|(at, name)| (file, at, name)).collect()
}

/// Complains of a bug whose test is not there: it would never be looked for.
pub fn catchers(files: &[Source]) -> Vec<Complaint> {
    let is_written = |path: &str| {
        let name = path.rsplit("::").next().unwrap_or(path);
        let head = format!("fn {name}()");
        files.iter().any(|file| file.text.contains(&head))
    };
    let missing = Bug::ALL.iter().filter_map(|bug| match Catcher::of(*bug) {
        Catcher::Sim | Catcher::Powercut(_) => None,
        Catcher::Test(_, path) => (!is_written(path)).then_some((bug, path)),
    });
    missing
        .map(|(bug, path)| {
            complaint(format!(
                "{} is to be caught by {path}, which is no test",
                bug.name()
            ))
        })
        .collect()
}

fn complaint(what: String) -> Complaint {
    let (path, line) = (LIST.to_owned(), 1);
    Complaint { path, line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        let found = sites(&[Source::new(path, text)]);
        found.into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn a_bug_that_stands_nowhere_or_twice_is_caught() {
        let once = "if planted!(SkipNonce) {}";
        assert_eq!(
            complaints("shared/src/a.rs", once).len(),
            Bug::ALL.len() - 1
        );
        let twice = format!("{once}\n{once}");
        let found = complaints("shared/src/a.rs", &twice);
        assert!(
            found
                .iter()
                .any(|it| it.starts_with("SkipNonce stands at 2"))
        );
        let said = "// planted!(SkipNonce)";
        assert_eq!(complaints("shared/src/a.rs", said).len(), Bug::ALL.len());
    }

    #[test]
    fn a_bug_outside_the_product_is_caught() {
        let found = complaints("rigs/src/a.rs", "planted!(SkipNonce)");
        assert!(found.iter().any(|it| it.contains("outside the product")));
    }

    #[test]
    fn a_bug_whose_test_is_not_there_is_caught() {
        let named = Bug::ALL
            .iter()
            .filter(|bug| matches!(Catcher::of(**bug), Catcher::Test(..)));
        assert_eq!(catchers(&[]).len(), named.count());
    }
}
