//! Who could still change the home: programs that stand in it, or hold one of
//! its directories or a file of it open for writing. A reset beneath them would
//! prove what they can undo. Programs that this one may not look into are not
//! seen; on a tablet `reset` is root and sees all.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

const WRITES: u32 = 0o3;

/// The names of programs that could still change what lies below `home`.
pub fn users_of(home: &Path) -> io::Result<Vec<String>> {
    let mut users = BTreeSet::new();
    let own = std::process::id().to_string();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.parse::<u32>().is_ok() && *name != own {
            let process = Path::new("/proc").join(&*name);
            if uses(&process, home) {
                users.insert(program(&process, &name));
            }
        }
    }
    Ok(users.into_iter().collect())
}

fn program(process: &Path, number: &str) -> String {
    let name = fs::read_to_string(process.join("comm"));
    name.map_or_else(|_gone| number.to_owned(), |name| name.trim().to_owned())
}

fn uses(process: &Path, home: &Path) -> bool {
    let stands = ["cwd", "root"]
        .iter()
        .any(|link| is_below(&process.join(link), home));
    stands || holds(process, home)
}

fn is_below(link: &Path, home: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target.starts_with(home))
}

/// A program that ends while it is looked at holds nothing.
fn holds(process: &Path, home: &Path) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    let mut open = open.filter_map(Result::ok).map(|entry| entry.path());
    open.any(|link| is_below(&link, home) && could_change(process, &link))
}

fn could_change(process: &Path, link: &PathBuf) -> bool {
    if fs::metadata(link).is_ok_and(|found| found.is_dir()) {
        return true;
    }
    let info = link
        .file_name()
        .map(|name| process.join("fdinfo").join(name));
    let info = info.and_then(|path| fs::read_to_string(path).ok());
    info.is_some_and(|info| writes(&info))
}

fn writes(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & WRITES != 0)
}
