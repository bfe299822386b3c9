//! Clears what the policy list names outside the home, and looks again at what is
//! left of it. Each path is reached from within its own tree, so a link that a
//! borrower left leads nowhere.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd as _, BorrowedFd},
    path::Path,
};

use rustix::{
    fs::{FileType, fsync},
    io::Errno,
};
use shared::signed::receipt::{FailedStep, PolicyLine, Scope};

use super::{
    StepFailed,
    contents::join,
    ipc,
    policy::{Item, Pattern, Policy},
    programs,
};
use crate::tree::{self, Deleted, Tree};

/// Who is numbered from here on is a person; below are the system's own users
/// (Debian Policy, 9.2.2).
pub(super) const PEOPLE_FROM: u32 = 1000;

/// Clears what the list names; what was found of each item. What will not go is
/// counted when it is looked for again.
pub fn sweep(root: &Path, policy: &Policy, scope: Scope) -> Result<Vec<PolicyLine>, StepFailed> {
    let clear = |item: &Item| {
        let found = clear(root, item, scope).map_err(|why| fault(item, why))?;
        Ok(told(item, found, 0))
    };
    policy.items.iter().map(clear).collect()
}

/// Looks again at what is left of each item.
pub fn left(root: &Path, policy: &Policy, scope: Scope) -> Result<Vec<PolicyLine>, StepFailed> {
    let look = |item: &Item| {
        let left = count(root, item, scope).map_err(|why| fault(item, why))?;
        Ok(told(item, left, left))
    };
    policy.items.iter().map(look).collect()
}

fn fault(item: &Item, why: impl std::fmt::Display) -> StepFailed {
    StepFailed::because(FailedStep::Policy, format!("{}: {why}", item.name))
}

fn told(item: &Item, found: u64, left: u64) -> PolicyLine {
    let item = item.name.clone();
    PolicyLine { item, found, left }
}

fn clear(root: &Path, item: &Item, scope: Scope) -> anyhow::Result<u64> {
    let mut found = 0;
    for pattern in &item.delete {
        each(root, pattern, &mut |tree, dir, name| {
            let deleted = delete(tree, dir, name, item)?;
            if deleted != Deleted::default() {
                fsync(dir)?;
            }
            found += deleted.gone + deleted.stuck;
            Ok(())
        })?;
    }
    for pattern in &item.empty {
        each(root, pattern, &mut |_, dir, name| {
            found += u64::from(tree::empty_file(dir, name)?);
            Ok(())
        })?;
    }
    found += of_the_whole_tablet(item, scope, ipc::clear)?;
    // A directory that plays a tablet has no programs of its own.
    if scope == Scope::Tablet {
        programs::run(&item.run)?;
    }
    Ok(found)
}

fn count(root: &Path, item: &Item, scope: Scope) -> anyhow::Result<u64> {
    let mut left = 0;
    for pattern in &item.delete {
        each(root, pattern, &mut |_, dir, name| {
            left += left_of(dir, name, item)?;
            Ok(())
        })?;
    }
    for pattern in &item.empty {
        each(root, pattern, &mut |_, dir, name| {
            let found = tree::status(dir, name)?;
            let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
            left += u64::from(is_file && found.st_size > 0);
            Ok(())
        })?;
    }
    Ok(left + of_the_whole_tablet(item, scope, ipc::count)?)
}

fn of_the_whole_tablet(
    item: &Item,
    scope: Scope,
    count: impl Fn() -> anyhow::Result<u64>,
) -> anyhow::Result<u64> {
    if item.ipc && scope == Scope::Tablet {
        return count();
    }
    Ok(0)
}

/// Deletes what stands at `name`; of a directory that stays, what people own.
fn delete(tree: &Tree, dir: BorrowedFd<'_>, name: &CStr, item: &Item) -> Result<Deleted, Errno> {
    if !item.keeps(name.to_bytes()) {
        return Ok(tree.delete(dir, name));
    }
    let mut deleted = Deleted::default();
    for_people(dir, name, &mut |inner, theirs| {
        deleted.add(tree.delete(inner, theirs));
    })?;
    Ok(deleted)
}

fn left_of(dir: BorrowedFd<'_>, name: &CStr, item: &Item) -> Result<u64, Errno> {
    let mut left = 0;
    if item.keeps(name.to_bytes()) {
        for_people(dir, name, &mut |_, _| left += 1)?;
        return Ok(left);
    }
    left += 1;
    if tree::kind(dir, name)? == FileType::Directory {
        // One more than none is enough to fail, so nobody looks deeper.
        left += match tree::look(dir, name) {
            Ok(inner) => tree::names(inner.as_fd())?.len() as u64,
            // Another mount, or one that this program may not enter: it is left.
            Err(Errno::XDEV | Errno::ACCESS) => 0,
            Err(why) => return Err(why),
        };
    }
    Ok(left)
}

/// Calls `each` with what people own in a directory that stays.
fn for_people(
    dir: BorrowedFd<'_>,
    name: &CStr,
    each: &mut dyn FnMut(BorrowedFd<'_>, &CStr),
) -> Result<(), Errno> {
    if tree::kind(dir, name)? != FileType::Directory {
        return Ok(());
    }
    let inner = tree::look(dir, name)?;
    for name in tree::names(inner.as_fd())? {
        if tree::status(inner.as_fd(), &name)?.st_uid >= PEOPLE_FROM {
            each(inner.as_fd(), &name);
        }
    }
    Ok(())
}

/// Calls `each` with everything that a pattern means: its tree, its directory, and
/// its name there. What a power cut left of an earlier deletion is meant, too.
fn each(
    root: &Path,
    pattern: &Pattern,
    each: &mut dyn FnMut(&Tree, BorrowedFd<'_>, &CStr) -> Result<(), Errno>,
) -> anyhow::Result<()> {
    let Some(tree) = Tree::open(root, &pattern.directory)? else {
        return Ok(());
    };
    for name in tree::names(tree.top())? {
        if tree::was_being_deleted(&name) {
            each(&tree, tree.top(), &name)?;
        }
    }
    for path in directories(&tree, pattern)? {
        let dir = tree.look(&path)?;
        for name in tree::names(dir.as_fd())? {
            if pattern.last.fits(name.to_bytes()) {
                each(&tree, dir.as_fd(), &name)?;
            }
        }
    }
    Ok(())
}

/// The directories that hold what a pattern means.
fn directories(tree: &Tree, pattern: &Pattern) -> Result<Vec<Vec<u8>>, Errno> {
    let mut paths = vec![Vec::new()];
    for wanted in &pattern.between {
        let mut inner = Vec::new();
        for path in paths {
            let dir = tree.look(&path)?;
            let fits = |name: &CString| wanted.fits(name.to_bytes());
            for name in tree::names(dir.as_fd())?.into_iter().filter(fits) {
                if tree::kind(dir.as_fd(), &name)? == FileType::Directory {
                    inner.push(join(&path, name.to_bytes()));
                }
            }
        }
        paths = inner;
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::{fs, os::unix::fs::symlink};

    use super::*;
    use crate::reset::tests::skipped;

    /// A directory that plays a tablet, with files below it.
    struct Tablet(tempfile::TempDir);

    impl Tablet {
        fn with(paths: &[&str]) -> Self {
            let it = Self(tempfile::tempdir().unwrap());
            for path in paths {
                it.write(path, "a loan's");
            }
            it
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn has(&self, path: &str) -> bool {
            self.0.path().join(path).exists()
        }

        fn sweep(&self, list: &str) -> (u64, u64) {
            let policy = list_of(list);
            let sum = |lines: Vec<PolicyLine>| -> (u64, u64) {
                let found = lines.iter().map(|line| line.found).sum();
                (found, lines.iter().map(|line| line.left).sum())
            };
            let (found, _) = sum(sweep(self.0.path(), &policy, Scope::Directory).unwrap());
            let (_, left) = sum(left(self.0.path(), &policy, Scope::Directory).unwrap());
            (found, left)
        }

        fn left(&self, list: &str) -> u64 {
            let lines = left(self.0.path(), &list_of(list), Scope::Directory).unwrap();
            lines.iter().map(|line| line.left).sum()
        }
    }

    fn list_of(item: &str) -> Policy {
        Policy::parse(&format!("format = 1\n[[item]]\nname = \"a\"\n{item}\n")).unwrap()
    }

    #[test]
    fn what_is_named_goes_with_all_below_it_and_nothing_else() {
        let list = r#"delete = ["tmp/*", "var/log/journal/*/user-*"]"#;
        let tablet = Tablet::with(&[
            "tmp/a",
            "tmp/deep/er/b",
            "tmp2/stays",
            "var/log/journal/m1/user-1000.journal",
            "var/log/journal/m1/system.journal",
            "var/log/journal/user-stays",
        ]);
        assert_eq!(tablet.left(list), 4);
        assert_eq!(tablet.sweep(list), (5, 0));
        assert!(tablet.has("tmp") && tablet.has("tmp2/stays"));
        assert!(tablet.has("var/log/journal/m1/system.journal"));
        assert!(tablet.has("var/log/journal/user-stays"));
        assert_eq!(tablet.sweep(list), (0, 0), "a second time finds nothing");
    }

    #[test]
    fn of_what_stays_only_what_people_own_goes() {
        if !rustix::process::geteuid().is_root() {
            skipped("only root gives a file to somebody else");
            return;
        }
        let list = "delete = [\"tmp/*\"]\nkeep = [\".X11-unix\", \"seed\"]";
        let tablet = Tablet::with(&[
            "tmp/.X11-unix/X0",
            "tmp/.X11-unix/hidden",
            "tmp/seed",
            "tmp/a",
        ]);
        let hidden = tablet.0.path().join("tmp/.X11-unix/hidden");
        std::os::unix::fs::chown(hidden, Some(PEOPLE_FROM), None).unwrap();
        assert_eq!(tablet.left(list), 2);
        assert_eq!(tablet.sweep(list), (2, 0));
        assert!(tablet.has("tmp/.X11-unix/X0") && tablet.has("tmp/seed"));
        assert!(!tablet.has("tmp/.X11-unix/hidden"));
    }

    #[test]
    fn a_file_that_stays_has_no_bytes_left() {
        let list = r#"empty = ["var/log/wtmp", "var/log/missing"]"#;
        let tablet = Tablet::with(&["var/log/wtmp", "var/log/syslog"]);
        assert_eq!(tablet.sweep(list), (1, 0));
        let length = |name| fs::metadata(tablet.0.path().join(name)).unwrap().len();
        assert_eq!(length("var/log/wtmp"), 0);
        assert!(length("var/log/syslog") > 0);
    }

    #[test]
    fn a_link_leads_nowhere() {
        let tablet = Tablet::with(&["elsewhere/precious", "tmp/a", "var/log/x"]);
        let at = |path: &str| tablet.0.path().join(path);
        symlink("../elsewhere", at("tmp/link")).unwrap();
        symlink("../../elsewhere/precious", at("var/log/wtmp")).unwrap();
        symlink("elsewhere", at("spool")).unwrap();
        tablet.sweep(r#"delete = ["tmp/*"]"#);
        assert!(!tablet.has("tmp/link"));
        let list = |list: &str| list_of(list);
        for wrong in [r#"empty = ["var/log/wtmp"]"#, r#"delete = ["spool/*"]"#] {
            let swept = sweep(tablet.0.path(), &list(wrong), Scope::Directory);
            assert!(swept.is_err(), "{wrong}");
        }
        assert!(tablet.has("elsewhere/precious"));
        assert!(fs::metadata(at("elsewhere/precious")).unwrap().len() > 0);
    }

    #[test]
    fn what_a_power_cut_left_half_deleted_goes_too() {
        let list = r#"delete = ["var/log/journal/*/user-*"]"#;
        let tablet = Tablet::with(&["var/log/journal/.reset-gone-0/half", "var/log/journal/m/x"]);
        assert_eq!(tablet.left(list), 2);
        assert_eq!(tablet.sweep(list), (2, 0));
    }
}
