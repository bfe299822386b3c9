//! A tablet that is a folder, and the real program on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use agent::{
    disk::folder::Folder,
    gate::{self, Open},
    identity,
    place::Place,
    trust::Trust,
};
use shared::wire::v1::agent::AgentState;

use super::library::{Books, Library, PAGE, Wants, key};

/// Something that a tablet goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Enrolled,
    FirstReset,
    Lent,
    Rekeyed,
    Returned,
    Lost,
    Found,
    ResetAgain,
}

/// A whole life, in its order.
pub const LIFE: [Step; 8] = [
    Step::Enrolled,
    Step::FirstReset,
    Step::Lent,
    Step::Rekeyed,
    Step::Returned,
    Step::Lost,
    Step::Found,
    Step::ResetAgain,
];

/// More turns than any step needs.
const TURNS: usize = 12;

pub struct Tablet<'a> {
    library: &'a Library,
    folder: tempfile::TempDir,
}

/// What it and the library were at some moment.
pub struct Copy {
    folder: tempfile::TempDir,
    books: Books,
}

impl<'a> Tablet<'a> {
    /// One of which the library knows nothing.
    pub fn new(library: &'a Library) -> Self {
        library.forget();
        let folder = tempfile::tempdir().unwrap();
        Self { library, folder }
    }

    /// The same tablet as it was then; the library knows what it knew then.
    pub fn as_it_was(library: &'a Library, then: &Copy) -> Self {
        *library.books() = then.books.clone();
        let folder = copied(then.folder.path());
        Self { library, folder }
    }

    pub fn copy(&self) -> Copy {
        Copy {
            folder: copied(self.folder.path()),
            books: self.library.books().clone(),
        }
    }

    pub fn place(&self) -> Place {
        Place::directory(self.folder.path()).unwrap()
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Goes through these steps.
    pub fn lives(&self, steps: &[Step]) {
        for step in steps {
            self.begin(*step);
            self.go_on(*step);
        }
    }

    /// What begins a step, apart from the tablet.
    pub fn begin(&self, step: Step) {
        match step {
            Step::Enrolled => {}
            Step::FirstReset => self.library.wants(Wants::Reset),
            Step::Lent => self.library.wants(Wants::Loan),
            Step::Rekeyed => self.library.books().rekeyed = true,
            Step::Returned | Step::ResetAgain => {
                self.use_home();
                self.library.books().asks_for_new_keys = step == Step::ResetAgain;
                self.library.wants(Wants::Reset);
            }
            Step::Lost => self.library.wants(Wants::Lock(true)),
            Step::Found => self.library.wants(Wants::Lock(false)),
        }
    }

    /// What a borrower leaves.
    pub fn use_home(&self) {
        fs::create_dir_all(self.path("home/Documents/private")).unwrap();
        fs::write(self.path("home/Documents/private/letter"), "dear bank").unwrap();
        fs::write(self.path("home/Desktop/page"), "wElcome").unwrap();
    }

    /// Whether the step is over, as the library heard it and the gate says it.
    pub fn is_over(&self, step: Step) -> bool {
        let (said, is_proven) = {
            let books = self.library.books();
            (books.said, books.is_proven())
        };
        match step {
            Step::Enrolled => self.path("var/lib/tablet-agent/agent.json").exists(),
            Step::FirstReset | Step::Returned | Step::ResetAgain => {
                is_proven && said == Some(AgentState::Ready) && self.gate() == Some(Open::Ready)
            }
            Step::Lent => said == Some(AgentState::OnLoan) && self.gate() == Some(Open::OnLoan),
            // It was lent by the key of before, and its borrower is not shut out.
            Step::Rekeyed => self.believes_the_key_in_use() && self.gate() == Some(Open::OnLoan),
            Step::Lost => said == Some(AgentState::Locked) && self.gate().is_none(),
            Step::Found => said == Some(AgentState::Ready) && self.gate() == Some(Open::Ready),
        }
    }

    /// Both roles do: `run` as it told, `reset` as it keeps.
    fn believes_the_key_in_use(&self) -> bool {
        let books = self.library.books();
        let key = books.key().public();
        let disk = Folder::to_look_at(&self.place().proof_dir());
        let pinned = identity::load(&disk).unwrap().unwrap().keyring;
        let kept = Trust::load(&disk, &pinned).map(|trust| trust.keyring().current);
        books.believed == Some(key.id()) && kept.is_ok_and(|kept| kept == key)
    }

    /// The program's next turn in this step; `with` are variables of its surroundings.
    pub fn turn(&self, step: Step, with: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tablet-agent"));
        let root = self.folder.path();
        match step {
            Step::Enrolled => {
                command.args(["enrol", "--code", "CODE", "--serial", "S1", "--model", "M1"]);
                let fingerprint = key().public().fingerprint().to_string();
                command.args(["--fingerprint", &fingerprint]);
                command.args(["--server", &self.library.address]);
            }
            Step::FirstReset
            | Step::Lent
            | Step::Rekeyed
            | Step::Returned
            | Step::Lost
            | Step::Found
            | Step::ResetAgain => {
                command.args(["run", "--once"]);
            }
        }
        command.arg("--root").arg(root).envs(with.iter().copied());
        command.output().unwrap()
    }

    /// Goes on to the end of the step.
    pub fn go_on(&self, step: Step) {
        let mut said = Vec::new();
        for _turn in 0..TURNS {
            if self.is_over(step) {
                return;
            }
            let turn = self.turn(step, &[]);
            said.push(words(&turn));
            self.never_ready_wrongly();
        }
        assert!(self.is_over(step), "{step:?} is not over: {said:#?}");
    }

    pub fn gate(&self) -> Option<Open> {
        gate::look(&self.place()).ok()
    }

    /// An open gate is never wrong: the library has the proof, and the home is the image.
    pub fn never_ready_wrongly(&self) {
        if self.gate() == Some(Open::Ready) {
            assert!(self.library.books().is_proven(), "ready, and not proven");
            assert!(self.is_clean(), "ready, and not clean");
        }
    }

    pub fn is_clean(&self) -> bool {
        let names = |below: &str| fs::read_dir(self.path(below)).map_or(0, Iterator::count);
        let page = fs::read(self.path("home/Desktop/page"));
        names("home") == 1 && names("home/Desktop") == 1 && page.is_ok_and(|page| page == PAGE)
    }

    /// Every file that the two roles keep, images apart.
    pub fn state_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in ["tablet-agent", "tablet-reset", "tablet-reset/receipts"] {
            let folder = self.path("var/lib").join(folder);
            let entries = fs::read_dir(folder).into_iter().flatten();
            let paths = entries.map(|entry| entry.unwrap().path());
            files.extend(paths.filter(|path| path.is_file()));
        }
        files.sort();
        files
    }
}

/// What the program said, on both ways.
pub fn words(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&said).into_owned()
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    let mut copy = Command::new("cp");
    let copied = copy.arg("-a").arg(from.join(".")).arg(to.path()).status();
    assert!(copied.unwrap().success());
    to
}
