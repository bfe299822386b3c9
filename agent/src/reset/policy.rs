//! What a loan leaves outside the home: one declarative list, which is data and no
//! code. Each of its items is in the receipt, with what was found and what is left.
//! The form is explained in the default list itself.

use std::{collections::BTreeSet, fs, io, path::Path, str::FromStr};

use serde::Deserialize;
use shared::signed::receipt::Scope;

use crate::{
    place::others_may_write,
    toml::{self, TomlError},
};

/// The list for Debian, which holds where the tablet has none of its own.
pub const DEBIAN: &str = include_str!("../../policy/debian.toml");

/// Where a tablet's own list is, below its root.
pub const OWN: &str = "etc/tablet-agent/policy.toml";

/// The only form of the list so far.
const FORMAT: u32 = 1;

/// The list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    format: u32,
    /// In the order in which they are cleared.
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// One item of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// As the receipt says it.
    pub name: String,
    /// Paths that go.
    #[serde(default)]
    pub delete: Vec<Pattern>,
    /// Names that stay among them.
    #[serde(default)]
    pub keep: Vec<Name>,
    /// Files that stay, without their bytes.
    #[serde(default)]
    pub empty: Vec<Pattern>,
    /// What people's programs left in the kernel.
    #[serde(default)]
    pub ipc: bool,
    /// Programs that are run: the program, and its words.
    #[serde(default)]
    pub run: Vec<Vec<String>>,
}

/// Why a list is refused: a reset by half a list would prove too much.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It cannot be read.
    #[error("{OWN} cannot be read: {0}")]
    Disk(#[from] io::Error),
    /// Somebody else than root could have written it.
    #[error("{OWN} is not root's alone to write: chown root, chmod 644")]
    Writable,
    /// It is not of this form.
    #[error("the list of what a loan leaves is not of its form: {0}")]
    Form(#[from] TomlError),
    /// It is of another form.
    #[error("the list of what a loan leaves has format {0}, and this agent knows {FORMAT}")]
    Format(u32),
    /// An item that says nothing.
    #[error("the item “{0}” has no name, stands twice, or clears nothing")]
    Item(String),
}

impl Policy {
    /// The list that holds on this tablet.
    ///
    /// # Errors
    /// Its own is there and is not right: the default does not stand in for it.
    pub fn load(root: &Path, scope: Scope) -> Result<Self, PolicyError> {
        match fs::metadata(root.join(OWN)) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Self::parse(DEBIAN),
            Err(why) => Err(why.into()),
            Ok(found) if scope == Scope::Tablet && others_may_write(&found) => {
                Err(PolicyError::Writable)
            }
            Ok(_) => Self::parse(&fs::read_to_string(root.join(OWN))?),
        }
    }

    /// Reads a list.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        if policy.format != FORMAT {
            return Err(PolicyError::Format(policy.format));
        }
        let mut names = BTreeSet::new();
        for item in &policy.items {
            if !item.says_something() || !names.insert(&item.name) {
                return Err(PolicyError::Item(item.name.clone()));
            }
        }
        Ok(policy)
    }
}

impl Item {
    fn says_something(&self) -> bool {
        let clears = !self.delete.is_empty() || !self.empty.is_empty() || !self.run.is_empty();
        let programs = self.run.iter().all(|words| is_program(words));
        !self.name.trim().is_empty() && (clears || self.ipc) && programs
    }

    /// Whether a name that is to be deleted stays all the same.
    pub fn keeps(&self, name: &[u8]) -> bool {
        self.keep.iter().any(|kept| kept.fits(name))
    }
}

fn is_program(words: &[String]) -> bool {
    words
        .first()
        .is_some_and(|program| program.starts_with('/'))
}

/// One name of a path, in which each `*` stands for any part of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// Whether a name on the disk is meant.
    pub fn fits(&self, name: &[u8]) -> bool {
        let mut parts = self.0.as_bytes().split(|byte| *byte == b'*');
        // Splitting gives at least one part.
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        // The earliest place of each leaves most for those that follow.
        for part in parts {
            match find(rest, part) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    fn is_plain(&self) -> bool {
        !self.0.contains('*')
    }
}

/// What follows the first place at which `part` stands.
fn find<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let starts = 0..=text.len().checked_sub(part.len())?;
    starts
        .map(|at| &text[at..])
        .find_map(|from| from.strip_prefix(part))
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let strange = text.is_empty() || text == "." || text == "..";
        if strange || text.contains(['/', '\0']) {
            return Err("a name is not empty, has no slash, and is not . or ..");
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A path from the root of the tablet: a directory by its plain name, and the names
/// below it, each of which may stand for several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    /// The directory that it begins in.
    pub directory: String,
    /// Names of directories below it, outermost first.
    pub between: Vec<Name>,
    /// Names in the innermost.
    pub last: Name,
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let names: Result<Vec<Name>, _> = text.split('/').map(str::parse).collect();
        let mut names =
            names.map_err(|_| "a path has plain names between slashes, and begins with one")?;
        let last = names.pop().ok_or("a path has a name")?;
        let plain = names.iter().take_while(|name| name.is_plain()).count();
        if plain == 0 {
            return Err("a path begins with a directory by its plain name");
        }
        let between = names.split_off(plain);
        let directory: Vec<String> = names.into_iter().map(|name| name.0).collect();
        Ok(Self {
            directory: directory.join("/"),
            between,
            last,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_star_stands_for_any_part_of_one_name() {
        for (pattern, fits, not) in [
            ("wtmp", &["wtmp"][..], &["wtmp2", "btmp", ""][..]),
            ("*", &["a", ".hidden", ""], &[]),
            (
                "user-*.journal",
                &["user-1000.journal", "user-.journal"],
                &["user-1000.journal~", "system.journal"],
            ),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("*a*b*", &["ab", "xaxbx"], &["ba", "a"]),
            ("ab*ba", &["abba"], &["aba"]),
        ] {
            for it in fits {
                assert!(name(pattern).fits(it.as_bytes()), "{pattern} {it}");
            }
            for it in not {
                assert!(!name(pattern).fits(it.as_bytes()), "{pattern} {it}");
            }
        }
    }

    #[test]
    fn a_name_need_not_be_text() {
        assert!(name("a*").fits(b"a\xff\xfe"));
    }

    #[test]
    fn a_path_begins_with_a_directory_and_cannot_leave_the_tablet() {
        let it = Pattern::try_from("var/log/journal/*/user-*".to_owned()).unwrap();
        assert_eq!(it.directory, "var/log/journal");
        assert_eq!((it.between, it.last), (vec![name("*")], name("user-*")));
        for wrong in [
            "",
            "tmp",
            "*/x",
            "/tmp/*",
            "tmp/",
            "../etc/passwd",
            "tmp/../x",
            "tmp//x",
        ] {
            assert!(Pattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_default_list_is_right_and_says_each_thing_once() {
        let policy = Policy::parse(DEBIAN).unwrap();
        assert!(policy.items.len() > 15);
    }

    #[test]
    fn a_list_that_says_less_than_it_seems_to_is_refused() {
        let right = "format = 1\n[[item]]\nname = \"a\"\ndelete = [\"tmp/*\"]\n";
        assert!(Policy::parse(right).is_ok());
        for wrong in [
            "",
            "format = 2\nitem = []\n",
            "format = 1\n[[item]]\nname = \"a\"\n",
            "format = 1\n[[item]]\nname = \" \"\ndelete = [\"tmp/*\"]\n",
            "format = 1\n[[item]]\nname = \"a\"\ndelet = [\"tmp/*\"]\n",
            "format = 1\n[[item]]\nname = \"a\"\ndelete = [\"../x\"]\n",
            "format = 1\n[[item]]\nname = \"a\"\nrun = [[\"rm\"]]\n",
            "format = 1\n[[item]]\nname = \"a\"\nrun = [[]]\n",
            &format!("{right}[[item]]\nname = \"a\"\nipc = true\n"),
        ] {
            assert!(Policy::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tablets_own_list_takes_the_place_of_the_default_and_is_never_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let load = || Policy::load(root.path(), Scope::Directory);
        assert_eq!(load().unwrap(), Policy::parse(DEBIAN).unwrap());
        let own = root.path().join(OWN);
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(
            &own,
            "format = 1\n[[item]]\nname = \"a\"\ndelete = [\"tmp/*\"]\n",
        )
        .unwrap();
        assert_eq!(load().unwrap().items.len(), 1);
        fs::write(&own, "format = 1\n[[item]]\n").unwrap();
        assert!(load().is_err());
    }

    #[test]
    fn a_list_that_others_can_write_is_refused_on_a_tablet() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join(OWN);
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "format = 1\nitem = []\n").unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o666)).unwrap();
        let refused = Policy::load(root.path(), Scope::Tablet);
        assert!(matches!(refused, Err(PolicyError::Writable)), "{refused:?}");
    }
}
