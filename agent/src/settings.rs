//! What a fleet may set on its tablets: `etc/tablet-agent/agent.toml`. Everything in it
//! may be left out; what is not understood is refused with its line, for a program that
//! passes over a word does something else than was asked.

use std::{fmt, fs, io, path::Path, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};
use shared::signed::receipt::Scope;

use crate::{
    disk::{Disk as _, folder::Folder},
    place::{Place, others_may_write},
    reset::backend::{Kind, NoKind, Wish},
    toml,
};

/// The folder of the settings, below the root.
pub const FOLDER: &str = "etc/tablet-agent";
/// The file of the settings.
pub const FILE: &str = "agent.toml";

/// What is set, or stands where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How the home is reset; `None` for the best that this machine can do.
    #[serde(deserialize_with = "backend")]
    pub backend: Option<Kind>,
    /// The vendor's own program, and its words.
    pub command: Vec<String>,
    /// How long that program may take; `None` for as long as anybody is likely to need.
    pub command_within_s: Option<Seconds<10, 14_400>>,
    /// How often the server is called.
    pub calls: Calls,
}

/// The longest that `run` waits between two calls. The server may ask for more calls
/// than that, and where it does not answer the waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// On its battery, or where nobody knows.
    pub on_battery_s: Seconds<30, 3600>,
    /// On a charger.
    pub docked_s: Seconds<5, 3600>,
}

impl Default for Calls {
    fn default() -> Self {
        let (on_battery_s, docked_s) = (Seconds(900), Seconds(30));
        Self {
            on_battery_s,
            docked_s,
        }
    }
}

impl Calls {
    /// The longest wait, in milliseconds.
    pub fn at_most_ms(&self, charging: Option<bool>) -> u64 {
        let seconds = match charging {
            Some(true) => self.docked_s.0,
            Some(false) | None => self.on_battery_s.0,
        };
        u64::from(seconds) * 1000
    }
}

/// A time within bounds: a tablet can neither be silenced nor be made to call without
/// end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Seconds<const LEAST: u16, const MOST: u16>(u16);

impl<const LEAST: u16, const MOST: u16> Seconds<LEAST, MOST> {
    fn as_duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl<const LEAST: u16, const MOST: u16> TryFrom<i64> for Seconds<LEAST, MOST> {
    type Error = OutOfBounds;

    fn try_from(seconds: i64) -> Result<Self, OutOfBounds> {
        let whole = u16::try_from(seconds).ok();
        let within = whole.filter(|it| (LEAST..=MOST).contains(it));
        within.map(Self).ok_or(OutOfBounds { LEAST, MOST })
    }
}

/// A time that is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_snake_case, reason = "named as the bounds are")]
pub struct OutOfBounds {
    LEAST: u16,
    MOST: u16,
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is from {} to {} seconds", self.LEAST, self.MOST)
    }
}

/// Why settings are refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They cannot be read.
    #[error("{FOLDER}/{FILE} cannot be read: {0}")]
    Disk(#[from] io::Error),
    /// Somebody else than root could have written them.
    #[error("{FOLDER}/{FILE} is not root's alone to write: chown root, chmod 644")]
    Writable,
    /// A word or value is not understood.
    #[error("{FOLDER}/{FILE} is not understood\n{0}")]
    Form(String),
    /// The vendor's own program is asked for and not named.
    #[error(
        "{FOLDER}/{FILE}: backend = \"command\" needs command = [\"/path/of/a/program\", \"word\", …]"
    )]
    NoCommand,
    /// A program is named, and nothing would run it.
    #[error(
        "{FOLDER}/{FILE}: command and command_within_s are for backend = \"command\" alone. Leave \
         them out, or name that"
    )]
    IdleCommand,
}

/// The best that this machine can do.
const AUTO: &str = "auto";

fn backend<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Kind>, D::Error> {
    let name = String::deserialize(from)?;
    if name == AUTO {
        return Ok(None);
    }
    let kind: Result<Kind, NoKind> = name.parse();
    kind.map(Some)
        .map_err(|why| D::Error::custom(format!("{why}, or {AUTO} for the best that can be done")))
}

impl Settings {
    /// What they say of the backend.
    pub fn wish(self) -> Wish {
        let within = self.command_within_s.map(Seconds::as_duration);
        let by_default = Wish::default().command_within;
        Wish {
            backend: self.backend,
            command: self.command,
            command_within: within.unwrap_or(by_default),
        }
    }

    /// The settings of this tablet.
    ///
    /// # Errors
    /// They are there and are not right: what would stand without them does not hold.
    pub fn load(place: &Place) -> Result<Self, SettingsError> {
        let folder = place.root().join(FOLDER);
        let Some(bytes) = Folder::to_look_at(&folder).read(FILE)? else {
            return Ok(Self::default());
        };
        let is_tablet = place.scope() == Scope::Tablet;
        if is_tablet && others_may_write(&fs::symlink_metadata(folder.join(FILE))?) {
            return Err(SettingsError::Writable);
        }
        let text = str::from_utf8(&bytes);
        Self::parse(text.map_err(|why| SettingsError::Form(why.to_string()))?)
    }

    /// Reads settings.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self =
            toml::from_str(text).map_err(|why| SettingsError::Form(why.to_string()))?;
        let named = settings.command.first().filter(|it| is_program(it));
        match (settings.backend, named) {
            (Some(Kind::Command), None) => Err(SettingsError::NoCommand),
            (Some(Kind::Command), Some(_)) => Ok(settings),
            (None | Some(Kind::CryptOverlay | Kind::Overlay | Kind::Btrfs | Kind::Manifest), _)
                if settings.command.is_empty() && settings.command_within_s.is_none() =>
            {
                Ok(settings)
            }
            (None | Some(Kind::CryptOverlay | Kind::Overlay | Kind::Btrfs | Kind::Manifest), _) => {
                Err(SettingsError::IdleCommand)
            }
        }
    }
}

fn is_program(word: &str) -> bool {
    Path::new(word).is_absolute()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn refused(text: &str) -> String {
        Settings::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_the_package_brings_says_what_holds_without_it() {
        let brought = include_str!("../package/agent.toml");
        assert_eq!(Settings::parse(brought).unwrap(), Settings::default());
        // Each setting stands there to be taken in.
        let told: String = brought
            .lines()
            .filter_map(|line| line.strip_prefix("#= "))
            .flat_map(|line| [line, "\n"])
            .collect();
        let told = Settings::parse(&told).unwrap();
        assert_eq!(told.backend, Some(Kind::Command));
        assert_eq!(
            told.clone().wish().command_within,
            Wish::default().command_within
        );
        assert_eq!(told.calls, Calls::default());
    }

    #[test]
    fn every_backend_is_set_by_its_name() {
        for (name, backend) in [
            ("auto", None),
            ("fscrypt+overlay", Some(Kind::CryptOverlay)),
            ("overlay", Some(Kind::Overlay)),
            ("btrfs", Some(Kind::Btrfs)),
            ("manifest", Some(Kind::Manifest)),
        ] {
            let settings = Settings::parse(&format!("backend = \"{name}\"")).unwrap();
            assert_eq!(settings.backend, backend);
        }
        let text = "backend = \"command\"\ncommand = [\"/usr/bin/reset-it\", \"--now\"]";
        assert_eq!(Settings::parse(text).unwrap().command[1], "--now");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line_and_what_would_be_right() {
        let why = refused("\nbackend = \"rsync\"");
        assert!(
            why.contains("line 2") && why.contains("fscrypt+overlay"),
            "{why}"
        );
        let why = refused("beckend = \"auto\"");
        assert!(why.contains("line 1") && why.contains("`backend`"), "{why}");
        let why = refused("[calls]\n\non_battery_s = 5");
        assert!(
            why.contains("line 3") && why.contains("from 30 to 3600"),
            "{why}"
        );
        let why = refused("[calls]\ndocked_s = 3601");
        assert!(
            why.contains("line 2") && why.contains("from 5 to 3600"),
            "{why}"
        );
    }

    #[test]
    fn a_command_and_its_backend_stand_together() {
        assert!(refused("backend = \"command\"").contains("needs command"));
        let beside = "backend = \"command\"\ncommand = [\"reset-it\"]";
        assert!(refused(beside).contains("/path/of/a/program"));
        assert!(refused("command = [\"/usr/bin/reset-it\"]").contains("alone"));
        assert!(refused("command_within_s = 60").contains("alone"));
    }

    #[test]
    fn a_vendors_program_has_its_time_and_may_be_given_another() {
        let set = "backend = \"command\"\ncommand = [\"/usr/bin/reset-it\"]";
        let within = |text: &str| Settings::parse(text).unwrap().wish().command_within;
        assert_eq!(within(set), Wish::default().command_within);
        let longer = format!("{set}\ncommand_within_s = 7200");
        assert_eq!(within(&longer), Duration::from_hours(2));
        let endless = refused(&format!("{set}\ncommand_within_s = 14401"));
        assert!(endless.contains("from 10 to 14400"), "{endless}");
    }

    #[test]
    fn a_docked_tablet_calls_more_often_and_one_that_does_not_know_is_on_its_battery() {
        let calls = Settings::parse("[calls]\ndocked_s = 10\non_battery_s = 600")
            .unwrap()
            .calls;
        assert_eq!(calls.at_most_ms(Some(true)), 10_000);
        assert_eq!(calls.at_most_ms(Some(false)), 600_000);
        assert_eq!(calls.at_most_ms(None), 600_000);
    }

    #[test]
    fn a_tablet_without_settings_has_the_default_and_unreadable_ones_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        assert_eq!(Settings::load(&place).unwrap(), Settings::default());
        let settings = folder.path().join(FOLDER);
        fs::create_dir_all(&settings).unwrap();
        fs::write(settings.join("other"), "").unwrap();
        symlink("other", settings.join(FILE)).unwrap();
        assert!(Settings::load(&place).is_err());
    }

    #[test]
    fn what_others_can_write_is_not_roots_word() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(others_may_write(&fs::symlink_metadata(&file).unwrap()));
    }
}
