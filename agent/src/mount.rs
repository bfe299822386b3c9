//! Before the display manager: what must not be seen stays hidden. Where the home is
//! layered it is a mount of its own, and it is shown only while the gate is open, or
//! while nobody has used it since it was reset. Where it lies on the disk itself there
//! is nothing to hide, and the gate alone keeps it.

use std::fmt;

use anyhow::{Context, Result};

use crate::{
    gate::{Open, Papers, Shut},
    place::Place,
    reset::{mounts, unlock},
};

/// What became of the home.
#[derive(Debug)]
pub enum Home {
    /// It lies on the disk itself.
    Plain(Result<Open, Shut>),
    /// The gate is open.
    Shown(Open),
    /// The gate is shut, and nothing of anybody's is in it.
    Fresh(Shut),
    /// It may hold what somebody left.
    Hidden(Shut),
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(Ok(open)) => write!(f, "the home lies on the disk; the gate is {open}"),
            Self::Plain(Err(why)) => {
                write!(f, "the home lies on the disk; the gate is shut: {why}")
            }
            Self::Shown(open) => write!(f, "the home is shown: the gate is {open}"),
            Self::Fresh(why) => write!(
                f,
                "the home is shown, as it was reset; sign-in waits: {why}"
            ),
            Self::Hidden(why) => write!(f, "the home is hidden: {why}"),
        }
    }
}

/// Shows the home, or leaves it hidden.
pub fn mount(place: &Place) -> Result<Home> {
    let layered = place.layers_dir().join("current").try_exists()?;
    let home = home(Papers::read(place), layered);
    match &home {
        Home::Shown(_) | Home::Fresh(_) => show(place)?,
        Home::Plain(_) | Home::Hidden(_) => {}
    }
    Ok(home)
}

fn home(papers: Result<Papers, Shut>, layered: bool) -> Home {
    let fresh = papers.as_ref().is_ok_and(Papers::is_as_reset);
    let gate = papers.and_then(|papers| papers.decide());
    match gate {
        gate if !layered => Home::Plain(gate),
        Ok(open) => Home::Shown(open),
        Err(why) if fresh => Home::Fresh(why),
        Err(why) => Home::Hidden(why),
    }
}

/// The key of an encrypted layer is not in the kernel after a restart.
fn show(place: &Place) -> Result<()> {
    if mounts::is_home_of_loan(place)? {
        return Ok(());
    }
    unlock(place).context("unlocking the loan's layer")?;
    mounts::mount_home(place).context("mounting the home")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;
    use crate::gate::tests::{at_work, ready, unanswered};

    #[test]
    fn a_layered_home_is_shown_while_the_gate_is_open_or_nobody_used_it_since_its_reset() {
        assert!(matches!(home(Ok(ready()), true), Home::Shown(Open::Ready)));
        assert!(matches!(home(Ok(unanswered()), true), Home::Fresh(_)));
        assert!(matches!(home(Ok(at_work()), true), Home::Hidden(_)));
        let unknown = Err(Shut::NotEnrolled);
        assert!(matches!(home(unknown, true), Home::Hidden(_)));
    }

    #[test]
    fn a_home_on_the_disk_itself_is_left_to_the_gate() {
        assert!(matches!(home(Ok(ready()), false), Home::Plain(Ok(_))));
        assert!(matches!(home(Ok(at_work()), false), Home::Plain(Err(_))));
    }

    #[test]
    fn a_home_is_layered_where_a_loan_has_a_layer() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::directory(folder.path()).unwrap();
        assert!(matches!(mount(&place).unwrap(), Home::Plain(_)));
        fs::create_dir_all(place.layers_dir().join("current")).unwrap();
        assert!(matches!(mount(&place).unwrap(), Home::Hidden(_)));
    }
}
