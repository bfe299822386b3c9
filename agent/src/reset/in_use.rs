//! Who could still change the home: programs that stand in it, or hold one of
//! its directories or a file of it open for writing. A reset beneath them would
//! prove what they can undo. And who holds anything of it at all: a layer that is
//! read cannot be unmounted. Programs that this one may not look into are not
//! seen; on a tablet `reset` is root and sees all.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

const WRITES: u32 = 0o3;

/// The names of programs that could still change what lies below `home`.
pub fn users_of(home: &Path) -> io::Result<Vec<String>> {
    programs(|process| stands(process, home) || holds(process, home, could_change))
}

/// The names of programs that stand in `home`, or have anything of it open or mapped.
pub fn holders_of(home: &Path) -> io::Result<Vec<String>> {
    programs(|process| {
        stands(process, home) || holds(process, home, |_, _| true) || maps(process, home)
    })
}

fn programs(is_one: impl Fn(&Path) -> bool) -> io::Result<Vec<String>> {
    let mut found = BTreeSet::new();
    let own = std::process::id().to_string();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.parse::<u32>().is_ok() && *name != own {
            let process = Path::new("/proc").join(&*name);
            if is_one(&process) && !is_being_started(&process, &own) {
                found.insert(program(&process, &name));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// A child of this program that is not yet the program which it will be has what this
/// one has open, until it is.
fn is_being_started(process: &Path, own: &str) -> bool {
    let Ok(status) = fs::read_to_string(process.join("status")) else {
        return true;
    };
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    let same = || fs::read_link(process.join("exe")).ok() == fs::read_link("/proc/self/exe").ok();
    parent.is_some_and(|parent| parent.trim() == own) && same()
}

fn program(process: &Path, number: &str) -> String {
    let name = fs::read_to_string(process.join("comm"));
    name.map_or_else(|_gone| number.to_owned(), |name| name.trim().to_owned())
}

fn stands(process: &Path, home: &Path) -> bool {
    ["cwd", "root"]
        .iter()
        .any(|link| is_below(&process.join(link), home))
}

fn is_below(link: &Path, home: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target.starts_with(home))
}

/// A program that ends while it is looked at holds nothing.
fn holds(process: &Path, home: &Path, counts: impl Fn(&Path, &PathBuf) -> bool) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    let mut open = open.filter_map(Result::ok).map(|entry| entry.path());
    open.any(|link| is_below(&link, home) && counts(process, &link))
}

fn maps(process: &Path, home: &Path) -> bool {
    let Ok(mapped) = fs::read(process.join("maps")) else {
        return false;
    };
    // A line ends with the file's path, and nothing before it begins with a slash.
    let mut lines = mapped.split(|byte| *byte == b'\n');
    lines.any(|line| {
        let path = line.iter().position(|byte| *byte == b'/');
        path.is_some_and(|at| Path::new(OsStr::from_bytes(&line[at..])).starts_with(home))
    })
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
