//! Every licence in the tree is one we may use, and GPL code stays in the kiosk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than their text beside the program; MPL-2.0 asks for
/// its own files' source as well, which the registry gives.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OFL-1.1",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What only slint's own crates may be under; their other choices are paid or need a badge.
const SLINT_ONLY: &str = "GPL-3.0-only";

fn is_slints(name: &str) -> bool {
    name == "slint" || name.starts_with("slint-") || name.starts_with("i-slint-")
}

#[test]
fn every_licence_in_the_tree_can_be_met() {
    let metadata = metadata();
    let bad: Vec<String> = packages(&metadata).filter_map(complaint).collect();
    assert!(bad.is_empty(), "\n{}\n", bad.join("\n"));
}

#[test]
fn only_the_kiosk_reaches_slint() {
    let metadata = metadata();
    let tree = Tree::new(&metadata);
    for program in ["tablet-server", "tablet-agent", "shared", "lang"] {
        let found: Vec<_> = tree
            .reach(program)
            .into_iter()
            .filter(|name| is_slints(name))
            .collect();
        assert_eq!(found, Vec::<&str>::new(), "{program} would become GPL");
    }
    assert!(
        tree.reach("tablet-kiosk").contains("slint"),
        "or this test reads the wrong tree"
    );
}

/// Of the platform we build for, so that nothing is downloaded which a build has not.
fn metadata() -> Value {
    let asked = cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        &host(),
    ]);
    serde_json::from_str(&asked).expect("cargo metadata is JSON")
}

fn host() -> String {
    let said = cargo(&["-vV"]);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo says what it builds for").to_owned()
}

fn cargo(words: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let asked = Command::new(cargo)
        .args(words)
        .current_dir(root)
        .output()
        .expect("cargo starts");
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    String::from_utf8(asked.stdout).expect("cargo speaks UTF-8")
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn complaint(package: &Value) -> Option<String> {
    let name = package["name"].as_str().unwrap_or("?");
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{name}: names no licence"));
    };
    (!may_use(name, licence)).then(|| format!("{name}: {licence}"))
}

fn may_use(name: &str, licence: &str) -> bool {
    let allowed = |it: &str| ALLOWED.contains(&it) || (it == SLINT_ONLY && is_slints(name));
    Expression::parse(licence).is_some_and(|expression| expression.holds(&allowed))
}

/// An SPDX expression: licences joined by AND, OR and brackets.
#[derive(Debug, PartialEq, Eq)]
enum Expression {
    One(String),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    fn parse(text: &str) -> Option<Self> {
        // An old way to write OR.
        let spaced = text
            .replace('/', " OR ")
            .replace('(', " ( ")
            .replace(')', " ) ");
        let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
        let expression = Self::any(&mut words)?;
        words.is_empty().then_some(expression)
    }

    fn any(words: &mut Vec<&str>) -> Option<Self> {
        let mut choices = vec![Self::all(words)?];
        while words.pop_if(|word| *word == "OR").is_some() {
            choices.push(Self::all(words)?);
        }
        Some(Self::Any(choices))
    }

    fn all(words: &mut Vec<&str>) -> Option<Self> {
        let mut parts = vec![Self::one(words)?];
        while words.pop_if(|word| *word == "AND").is_some() {
            parts.push(Self::one(words)?);
        }
        Some(Self::All(parts))
    }

    fn one(words: &mut Vec<&str>) -> Option<Self> {
        let word = words.pop()?;
        if word == "(" {
            let inside = Self::any(words)?;
            return (words.pop()? == ")").then_some(inside);
        }
        if words.pop_if(|word| *word == "WITH").is_some() {
            return Some(Self::One(format!("{word} WITH {}", words.pop()?)));
        }
        Some(Self::One(word.to_owned()))
    }

    fn holds(&self, allowed: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::One(licence) => allowed(licence),
            Self::All(parts) => parts.iter().all(|part| part.holds(allowed)),
            Self::Any(choices) => choices.iter().any(|choice| choice.holds(allowed)),
        }
    }
}

/// Who needs whom to run.
struct Tree<'a> {
    names: BTreeMap<&'a str, &'a str>,
    needs: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Tree<'a> {
    fn new(metadata: &'a Value) -> Self {
        let names =
            packages(metadata).filter_map(|it| Some((it["id"].as_str()?, it["name"].as_str()?)));
        let nodes = metadata["resolve"]["nodes"]
            .as_array()
            .into_iter()
            .flatten();
        let needs = nodes.filter_map(|node| Some((node["id"].as_str()?, normal_needs(node))));
        Self {
            names: names.collect(),
            needs: needs.collect(),
        }
    }

    /// The names of all that becomes part of the package.
    fn reach(&self, name: &str) -> BTreeSet<&'a str> {
        let mut waiting: Vec<&str> = self
            .names
            .iter()
            .filter(|(_, it)| **it == name)
            .map(|(id, _)| *id)
            .collect();
        assert!(!waiting.is_empty(), "there is no package {name}");
        let mut reached = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(self.needs.get(id).into_iter().flatten());
            }
        }
        reached
            .into_iter()
            .filter_map(|id| self.names.get(id).copied())
            .collect()
    }
}

fn normal_needs(node: &Value) -> Vec<&str> {
    let deps = node["deps"].as_array().into_iter().flatten();
    deps.filter(|dep| {
        dep["dep_kinds"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|it| it["kind"].is_null())
    })
    .filter_map(|dep| dep["pkg"].as_str())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_choice_needs_one_that_we_may_use_and_a_sum_needs_all() {
        assert!(may_use("a", "MIT OR GPL-2.0-only"));
        assert!(may_use("a", "MIT/Apache-2.0"));
        assert!(may_use("a", "(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(may_use("a", "Apache-2.0 WITH LLVM-exception OR MIT"));
        assert!(!may_use("a", "MIT AND GPL-2.0-only"));
        assert!(!may_use("a", "(MIT OR Apache-2.0) AND AGPL-3.0"));
        assert!(!may_use("a", "Apache-2.0 WITH Something-else"));
    }

    #[test]
    fn what_cannot_be_read_is_not_allowed() {
        assert!(!may_use("a", "MIT OR"));
        assert!(!may_use("a", "(MIT"));
        assert!(!may_use("a", "MIT Apache-2.0"));
        assert!(complaint(&json!({"name": "a", "license": null})).is_some());
    }

    #[test]
    fn gpl_is_for_slint_alone() {
        let licence = "GPL-3.0-only OR LicenseRef-Slint-Royalty-free-2.0";
        assert!(may_use("slint", licence) && may_use("i-slint-core", licence));
        assert!(!may_use("slinter", licence));
    }

    #[test]
    fn what_only_tests_or_build_scripts_need_is_not_part_of_a_program() {
        let dep = |pkg: &str, kind: Value| json!({"pkg": pkg, "dep_kinds": [{ "kind": kind }]});
        let metadata = json!({
            "packages": [{"id": "1", "name": "agent"}, {"id": "2", "name": "slint"}, {"id": "3", "name": "ureq"}],
            "resolve": {"nodes": [
                {"id": "1", "deps": [dep("2", json!("dev")), dep("2", json!("build")), dep("3", Value::Null)]},
                {"id": "3", "deps": []},
            ]}
        });
        assert_eq!(
            Tree::new(&metadata).reach("agent"),
            BTreeSet::from(["agent", "ureq"])
        );
    }
}
