//! Which files may name which outside part, so that each part has one door.

use super::source::{Complaint, Source, has_word};

/// An outside part, the crate whose source is meant, and the files that may name it.
struct Door {
    part: &'static str,
    of: &'static str,
    only: &'static [&'static str],
}

const DOORS: &[Door] = &[
    Door {
        part: "slint",
        of: "kiosk/src/",
        only: &["kiosk/src/ui.rs", "kiosk/src/ui/"],
    },
    Door {
        part: "slint",
        of: "server/src/",
        only: &[],
    },
    Door {
        part: "slint",
        of: "agent/src/",
        only: &[],
    },
    Door {
        part: "slint",
        of: "shared/src/",
        only: &[],
    },
    Door {
        part: "rusqlite",
        of: "server/src/",
        only: &["server/src/store.rs", "server/src/store/"],
    },
    Door {
        part: "rusqlite",
        of: "kiosk/src/",
        only: &["kiosk/src/store.rs", "kiosk/src/store/"],
    },
    Door {
        part: "rusqlite",
        of: "agent/src/",
        only: &[],
    },
    Door {
        part: "rusqlite",
        of: "shared/src/",
        only: &[],
    },
    Door {
        part: "tokio",
        of: "agent/src/",
        only: &[],
    },
    Door {
        part: "tokio",
        of: "shared/src/",
        only: &[],
    },
];

/// Complains of files that name a part through another door than its own.
pub fn check(file: &Source) -> Vec<Complaint> {
    DOORS
        .iter()
        .filter(|door| file.path.starts_with(door.of) && !is_listed(&file.path, door.only))
        .flat_map(|door| file.code_lines(|line| named_in(line, door)))
        .collect()
}

fn named_in(line: &str, door: &Door) -> Option<String> {
    has_word(line, door.part).then(|| match door.only {
        [] => format!("{} names no `{}`", door.of, door.part),
        only => format!("only {} may name `{}`", only.join(" and "), door.part),
    })
}

fn is_listed(path: &str, listed: &[&str]) -> bool {
    listed.iter().any(|it| {
        if it.ends_with('/') {
            path.starts_with(it)
        } else {
            path == *it
        }
    })
}

const DERIVE_SERDE: [&str; 4] = [
    "shared/src/wire.rs",
    "shared/src/wire/",
    "shared/src/signed.rs",
    "shared/src/signed/",
];

/// Complains of serde in the domain's own types: what travels has types of its own.
pub fn serde(file: &Source) -> Vec<Complaint> {
    if !file.path.starts_with("shared/src/") || is_listed(&file.path, &DERIVE_SERDE) {
        return Vec::new();
    }
    let derives = derives(&file.code).filter(|(_, traits)| {
        ["Serialize", "Deserialize"]
            .iter()
            .any(|it| has_word(traits, it))
    });
    let what = "what travels is in wire or signed; convert with TryFrom";
    derives.map(|(line, _)| file.complain(line, what)).collect()
}

/// What stands in each `derive(…)`, with the line it starts on.
fn derives(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices("derive(").map(|(at, opening)| {
        let after = &code[at + opening.len()..];
        (
            code[..at].matches('\n').count() + 1,
            after.split(')').next().unwrap_or(after),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(path: &str, text: &str) -> usize {
        check(&Source::new(path, text)).len()
    }

    #[test]
    fn slint_outside_the_ui_is_caught() {
        assert_eq!(caught("kiosk/src/view.rs", "use slint::SharedString;"), 1);
        assert_eq!(caught("kiosk/src/ui.rs", "use slint::SharedString;"), 0);
        assert_eq!(caught("kiosk/src/ui/keys.rs", "slint::invoke();"), 0);
        assert_eq!(caught("kiosk/src/view.rs", "//! Never names slint."), 0);
    }

    #[test]
    fn sql_outside_the_stores_is_caught() {
        assert_eq!(
            caught("server/src/api.rs", "fn a(c: &rusqlite::Connection) {}"),
            1
        );
        assert_eq!(
            caught("server/src/store/log.rs", "use rusqlite::params;"),
            0
        );
        assert_eq!(caught("kiosk/src/sync.rs", "use rusqlite::params;"), 1);
        assert_eq!(caught("agent/src/disk.rs", "use rusqlite::params;"), 1);
    }

    #[test]
    fn a_domain_type_that_derives_serde_is_caught() {
        let text = "#[derive(Clone, Serialize)]\npub struct Loan;";
        assert_eq!(serde(&Source::new("shared/src/loan.rs", text)).len(), 1);
        let long = "#[derive(\n    Clone,\n    Deserialize,\n)]";
        assert_eq!(serde(&Source::new("shared/src/loan.rs", long)).len(), 1);
        let bound = "fn write<T: Serialize>(it: &T) {}";
        assert_eq!(serde(&Source::new("shared/src/loan.rs", bound)).len(), 0);
        assert_eq!(
            serde(&Source::new("shared/src/wire/v1/loan.rs", text)).len(),
            0
        );
        assert_eq!(serde(&Source::new("server/src/api.rs", text)).len(), 0);
    }
}
