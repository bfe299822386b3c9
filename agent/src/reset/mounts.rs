//! The borrower's home as a mount: the layer of a loan over the tree of an image. On a
//! tablet systemd mounts and unmounts it, since what `reset` mounted in surroundings of
//! its own would be there for nobody else; below a directory it is done here.

use std::{
    ffi::{CString, OsString},
    fs, io,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use rustix::mount::{MountFlags, UnmountFlags};
use shared::signed::receipt::Scope;

use super::programs::called;
use crate::place::Place;

/// The unit that mounts the home of a tablet.
pub const UNIT: &str = "home-borrower.mount";

/// What a directory shows: an image below, and what was written since above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The image.
    pub lower: PathBuf,
    /// What was written.
    pub upper: PathBuf,
    /// Where the kernel prepares what it writes.
    pub work: PathBuf,
}

impl Overlay {
    /// The overlay of the loan at work. The unit names the same places.
    pub fn of_loan(place: &Place) -> Self {
        let layer = place.layers_dir().join("current");
        Self {
            lower: place.lower_dir().join("current"),
            upper: layer.join("upper"),
            work: layer.join("work"),
        }
    }

    /// Mounts it for this program and whoever shares its mounts.
    pub fn mount(&self, at: &Path) -> io::Result<()> {
        let options = CString::new(self.options()).map_err(io::Error::other)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        let options = Some(options.as_c_str());
        Ok(rustix::mount::mount(
            "overlay", at, "overlay", flags, options,
        )?)
    }

    /// What the kernel is told, and tells of a mount.
    fn options(&self) -> String {
        format!(
            "lowerdir={},upperdir={},workdir={}",
            self.lower.display(),
            self.upper.display(),
            self.work.display()
        )
    }

    fn is(&self, mounted: &Mounted) -> bool {
        let told: Vec<&str> = mounted.options.split(',').collect();
        let options = self.options();
        mounted.kind == "overlay" && options.split(',').all(|option| told.contains(&option))
    }
}

/// Whether the kernel reads these letters of a path as themselves.
pub fn is_plain(path: &Path) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(byte);
    path.as_os_str().as_encoded_bytes().iter().all(plain)
}

/// Mounts the home of the loan at work.
pub fn mount_home(place: &Place) -> io::Result<()> {
    let overlay = Overlay::of_loan(place);
    let home = place.home_path();
    match place.scope() {
        Scope::Directory => overlay.mount(&home)?,
        Scope::Tablet => systemctl("start")?,
    }
    if is_home_of_loan(place)? {
        return Ok(());
    }
    Err(io::Error::other("the home is not the layer of the loan"))
}

/// Whether the home is the layer of the loan at work.
pub fn is_home_of_loan(place: &Place) -> io::Result<bool> {
    let mounted = at(&place.home_path())?;
    Ok(mounted.is_some_and(|mounted| Overlay::of_loan(place).is(&mounted)))
}

/// Unmounts the home, if it is a loan's layer.
///
/// # Errors
/// `ResourceBusy` as long as anybody holds a file or directory of it, or something is
/// mounted inside it.
pub fn unmount_home(place: &Place) -> io::Result<()> {
    while is_home_of_loan(place)? {
        match place.scope() {
            Scope::Directory => {
                rustix::mount::unmount(place.home_path(), UnmountFlags::NOFOLLOW)?;
            }
            Scope::Tablet => systemctl("stop").map_err(busy)?,
        }
    }
    Ok(())
}

/// A unit that would not stop does not say why; there is one reason for a mount.
fn busy(why: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, why)
}

fn systemctl(verb: &str) -> io::Result<()> {
    let words = [verb.to_owned(), UNIT.to_owned()];
    called("/usr/bin/systemctl", &words).map_err(|why| io::Error::other(format!("{why:#}")))
}

/// Something that is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// Where.
    pub at: PathBuf,
    /// The kind of file system.
    pub kind: String,
    options: String,
}

/// What is mounted at this very path, on top of all else.
pub fn at(path: &Path) -> io::Result<Option<Mounted>> {
    let mut all = all()?;
    all.retain(|mounted| mounted.at == path);
    Ok(all.pop())
}

/// Where something is mounted inside `path`.
pub fn inside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let places = all()?.into_iter().map(|mounted| mounted.at);
    Ok(places
        .filter(|at| at != path && at.starts_with(path))
        .collect())
}

fn all() -> io::Result<Vec<Mounted>> {
    let lines = fs::read_to_string("/proc/self/mountinfo")?;
    let read = |line| parsed(line).ok_or_else(|| io::Error::other("a mount of unknown form"));
    lines.lines().map(read).collect()
}

/// A line of `/proc/PID/mountinfo` (proc(5)).
fn parsed(line: &str) -> Option<Mounted> {
    let (place, system) = line.split_once(" - ")?;
    let mut system = system.split(' ');
    Some(Mounted {
        at: unescaped(place.split(' ').nth(4)?),
        kind: system.next()?.to_owned(),
        options: system.nth(1)?.to_owned(),
    })
}

/// Blanks and the like are written as a backslash and three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\');
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            bytes.push(byte);
            rest = &after[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn overlay() -> Overlay {
        Overlay::of_loan(&Place::tablet())
    }

    #[test]
    fn a_mount_is_read_with_its_blanks_and_is_the_loans_only_with_the_loans_folders() {
        let line = format!(
            "55 29 0:40 / /home/a\\040b rw,nosuid shared:1 - overlay overlay rw,{},uuid=on",
            overlay().options()
        );
        let mounted = parsed(&line).unwrap();
        assert_eq!(mounted.at, Path::new("/home/a b"));
        assert!(overlay().is(&mounted));
        let other = parsed(&line.replace("current/upper", "other/upper")).unwrap();
        assert!(!overlay().is(&other));
        assert_eq!(parsed("55 29 0:40 / /home"), None);
    }

    #[test]
    fn the_unit_names_the_folders_that_are_looked_for() {
        let unit = include_str!("../../package/home-borrower.mount");
        let line = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key));
        let options: Vec<&str> = line("Options=").unwrap().split(',').collect();
        assert!(
            overlay()
                .options()
                .split(',')
                .all(|it| options.contains(&it))
        );
        assert!(options.contains(&"nosuid") && options.contains(&"nodev"));
        assert_eq!(line("Where="), Place::tablet().home_path().to_str());
    }

    #[test]
    fn what_is_mounted_here_is_found() {
        assert_eq!(at(Path::new("/proc")).unwrap().unwrap().kind, "proc");
        assert!(
            inside(Path::new("/"))
                .unwrap()
                .contains(&PathBuf::from("/proc"))
        );
        assert_eq!(at(Path::new("/proc/self")).unwrap(), None);
    }

    #[test]
    fn letters_that_the_kernel_would_read_as_its_own_are_no_plain_path() {
        assert!(is_plain(Path::new("/tmp/.tmpA1/tablet_2")));
        for strange in ["/a,b", "/a:b", "/a b", "/a\\b"] {
            assert!(!is_plain(Path::new(strange)), "{strange}");
        }
    }
}
