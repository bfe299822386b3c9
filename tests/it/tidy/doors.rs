//! Test doors (the features `play` and `armed`) are never part of what ships: no default
//! feature brings them in, and no dependency asks for them but the tests' own. Nothing but
//! a word on cargo's command line plants bugs, not even the other door.

use std::process::Command;

use serde_json::Value;

use super::source::{Complaint, root};

/// Kill points and whatever else a test reaches into a program by.
const PLAY: &str = "play";
/// What the small crates of doors are nothing without.
const ARMED: &str = "armed";
/// What plants bugs, as another package's feature would ask for it.
const PLANTS: &str = "planted/armed";

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
        .flat_map(|package| {
            [
                by_default(package),
                by_asking(package),
                by_planting(package),
            ]
        })
        .flatten()
        .collect()
}

fn is_door(feature: &str) -> bool {
    let name = feature.rsplit('/').next().unwrap_or(feature);
    [PLAY, ARMED].contains(&name)
}

fn by_default(package: &Value) -> Option<Complaint> {
    let features = reached(&package["features"], "default");
    let door = features.iter().find(|it| is_door(it))?;
    Some(complaint(package, "its default features open", door))
}

/// A feature of whatever name that plants bugs could be asked for by somebody who wants
/// something else of it.
fn by_planting(package: &Value) -> Option<Complaint> {
    let mut features = package["features"].as_object()?.values().flat_map(list);
    let plants = features.any(|it| it == PLANTS);
    plants.then(|| complaint(package, "a feature of it opens", PLANTS))
}

/// What a feature brings in, and what that brings in.
fn reached(features: &Value, from: &str) -> Vec<String> {
    let mut reached = vec![from.to_owned()];
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
    let mut asked = list(&package["dependencies"])
        .filter(|dependency| dependency["kind"] != "dev")
        .flat_map(|dependency| list(&dependency["features"]))
        .filter_map(Value::as_str);
    let door = asked.find(|it| is_door(it))?;
    Some(complaint(package, "a dependency of it opens", door))
}

fn complaint(package: &Value, how: &str, door: &str) -> Complaint {
    let name = package["name"].as_str().unwrap_or("?");
    let what = format!("{how} the test door `{door}`, which must not ship");
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
        let features = json!({"default": ["kill-point/armed"]});
        assert_eq!(caught(&json!({"name": "shared", "features": features})), 1);
    }

    #[test]
    fn a_feature_that_plants_bugs_is_caught_whatever_its_name() {
        let caught = |brings: &str| {
            let features = json!({ "play": ["window", brings] });
            caught(&json!({"name": "tablet-kiosk", "features": features}))
        };
        assert_eq!(caught("planted/armed"), 1);
        assert_eq!(caught("kill-point/armed"), 0);
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
        let dependency = json!({"name": "planted", "kind": null, "features": ["armed"]});
        let package = json!({"name": "shared", "features": {}, "dependencies": [dependency]});
        assert_eq!(caught(&package), 1);
    }

    #[test]
    fn the_doors_that_are_looked_for_are_those_that_there_are() {
        let metadata = metadata();
        let with = |door: &str| {
            let packages = list(&metadata["packages"]);
            let packages = packages.filter(|it| it["features"][door].is_array());
            packages.filter_map(|it| it["name"].as_str()).count()
        };
        assert_eq!(with(PLAY), 3, "the three programs");
        assert_eq!(with(ARMED), 2, "kill points and planted bugs");
    }
}
