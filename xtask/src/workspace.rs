//! Where the workspace is and how its cargo is called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder that holds the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    match here.parent() {
        Some(root) => root.to_path_buf(),
        None => here,
    }
}

/// Where cargo builds, and where what a command makes is kept.
pub fn target() -> PathBuf {
    let set = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(set.unwrap_or_else(|| "target".into()))
}

/// The cargo that runs us, started in the workspace's root.
pub fn cargo() -> Command {
    calling(Path::new(
        &env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    ))
}

/// Runs a command to its end; what it printed, or its own words on what is wrong.
pub fn said(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let ran = command.output();
    let ran = ran.with_context(|| format!("starting {name}"))?;
    if !ran.status.success() {
        let why = String::from_utf8_lossy(&ran.stderr);
        bail!("{name} says no: {}", why.trim());
    }
    Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// A program that is or calls cargo, started in the workspace's root.
pub fn calling(program: &Path) -> Command {
    let mut cargo = Command::new(program);
    cargo.current_dir(root());
    // `cargo run` tells its program about the package; the next cargo must not
    // take these for its own, or build scripts see another environment and run again.
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with("CARGO_PKG_") {
            cargo.env_remove(key);
        }
    }
    cargo
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_MANIFEST_PATH");
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_lock_file() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
