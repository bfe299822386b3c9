//! Test doors (the feature `play`) are never part of what ships: no default feature
//! brings them in, and no dependency asks for them but the tests' own.

use std::process::Command;

use serde_json::Value;

use super::source::{Complaint, root};

const DOOR: &str = "play";

/// What cargo knows of our own packages.
pub fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let asked = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    serde_json::from_slice(&asked.stdout).expect("cargo metadata is JSON")
}

/// Complains of every way by which a plain build would get a test door.
pub fn check(metadata: &Value) -> Vec<Complaint> {
    let packages = list(&metadata["packages"]);
    packages
        .flat_map(|package| [by_default(package), by_asking(package)])
        .flatten()
        .collect()
}

fn by_default(package: &Value) -> Option<Complaint> {
    let features = reached(&package["features"]);
    features
        .iter()
        .any(|it| it == DOOR)
        .then(|| complaint(package, "its default features open"))
}

/// The features that `default` brings in, and those they bring in.
fn reached(features: &Value) -> Vec<String> {
    let mut reached = vec!["default".to_owned()];
    let mut next = 0;
    while let Some(name) = reached.get(next).cloned() {
        let more = list(&features[&name])
            .filter_map(Value::as_str)
            .map(str::to_owned);
        let new: Vec<String> = more.filter(|it| !reached.contains(it)).collect();
        reached.extend(new);
        next += 1;
    }
    reached
}

fn by_asking(package: &Value) -> Option<Complaint> {
    let asks = list(&package["dependencies"])
        .filter(|dependency| dependency["kind"] != "dev")
        .any(|dependency| list(&dependency["features"]).any(|it| it == DOOR));
    asks.then(|| complaint(package, "a dependency of it opens"))
}

fn complaint(package: &Value, how: &str) -> Complaint {
    let name = package["name"].as_str().unwrap_or("?");
    let what = format!("{how} the test door `{DOOR}`, which must not ship");
    Complaint {
        path: format!("{name}'s Cargo.toml"),
        line: 1,
        what,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn caught(package: &Value) -> usize {
        check(&json!({ "packages": [package] })).len()
    }

    #[test]
    fn a_door_behind_a_default_feature_is_caught() {
        let features = json!({"default": ["all"], "all": ["play"], "play": []});
        assert_eq!(
            caught(&json!({"name": "tablet-agent", "features": features})),
            1
        );
        assert_eq!(
            caught(&json!({"name": "tablet-agent", "features": {"play": []}})),
            0
        );
    }

    #[test]
    fn a_door_that_a_shipped_program_asks_for_is_caught_and_a_tests_is_not() {
        let asks = |kind: Value| {
            let dependency = json!({"name": "agent", "kind": kind, "features": ["play"]});
            caught(&json!({"name": "tablet-server", "features": {}, "dependencies": [dependency]}))
        };
        assert_eq!(asks(Value::Null), 1);
        assert_eq!(asks(json!("build")), 1);
        assert_eq!(asks(json!("dev")), 0);
    }

    #[test]
    fn the_three_programs_have_the_door_that_is_looked_for() {
        let metadata = metadata();
        let with_door = list(&metadata["packages"]).filter(|it| it["features"][DOOR].is_array());
        assert_eq!(with_door.count(), 3);
    }
}
