//! The list of kill points is what a rig loops over: each one is in the sources,
//! and none there is missing from it.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn every_kill_point_in_the_sources_is_listed_and_each_listed_one_is_there_once() {
    let mut found = Vec::new();
    gather(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let once: BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "{found:?}");
    let listed: BTreeSet<String> = kiosk::KILL_POINTS.iter().map(ToString::to_string).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), listed);
}

fn gather(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let calls = text.split("kill_point::reached(\"").skip(1);
            into.extend(calls.filter_map(|call| Some(call.split_once('"')?.0.to_owned())));
        }
    }
}
