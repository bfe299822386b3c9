//! Measures the reader on a folder of pictures: how many of the codes that
//! `manifest.tsv` names are read, how many readings are false, and how long it
//! takes, beside the decoder library's own search in the same run.
//!
//! `cargo run --release -p tablet-kiosk --example read_set -- --set DIR [--every N] [--list]`

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use kiosk::frame::Luma;
use kiosk::reader::{Reader, Sight};

fn main() -> Result<()> {
    let options = Options::from_args(std::env::args().skip(1))?;
    std::panic::set_hook(Box::new(|_| {}));
    let pictures = manifest(&options.set)?;
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for picture in pictures.iter().step_by(options.every) {
        let luma = read(&options.set.join(&picture.path))?;
        let seen = [ours_live(&luma), ours_still(&luma), library(&luma)];
        if options.list && picture.read_by(&seen[0]).is_none() {
            println!("missed {}", picture.path);
        }
        for group in [picture.group(), "all".to_owned()] {
            scores.entry(group).or_default().add(picture, &seen);
        }
    }
    report(&scores);
    Ok(())
}

struct Options {
    set: PathBuf,
    every: usize,
    list: bool,
}

impl Options {
    fn from_args(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            set: PathBuf::new(),
            every: 1,
            list: false,
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--set" => options.set = args.next().context("--set needs a folder")?.into(),
                "--every" => {
                    options.every = args.next().context("--every needs a number")?.parse()?;
                }
                "--list" => options.list = true,
                other => bail!("unknown option {other}"),
            }
        }
        Ok(options)
    }
}

struct Picture {
    path: String,
    /// `None` for a picture without any QR code.
    text: Option<String>,
}

impl Picture {
    /// The folder, or the kind in front of the number.
    fn group(&self) -> String {
        let end = self.path.rfind(['/', '-']).unwrap_or(0);
        self.path[..end].to_owned()
    }

    /// `Some(true)` for the right text, `Some(false)` for another one.
    fn read_by(&self, seen: &Seen) -> Option<bool> {
        let text = seen.text.as_ref()?;
        Some(self.text.as_ref().is_some_and(|wanted| wanted == text))
    }
}

fn manifest(set: &Path) -> Result<Vec<Picture>> {
    let file = set.join("manifest.tsv");
    let lines = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let rows = lines.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        let (path, kind) = (columns.next()?.to_owned(), columns.next()?);
        let text = unescaped(columns.next()?);
        match kind {
            "qr" => Some(Picture {
                path,
                text: Some(text),
            }),
            "none" => Some(Picture { path, text: None }),
            _ => None,
        }
    });
    Ok(rows.collect())
}

/// The manifest writes line ends and backslashes as the shell would.
fn unescaped(text: &str) -> String {
    text.replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\\\", "\\")
}

fn read(path: &Path) -> Result<Luma> {
    kiosk::camera::picture::read(path).with_context(|| path.display().to_string())
}

/// What one engine made of one picture.
struct Seen {
    text: Option<String>,
    ms: f64,
}

fn timed(read: impl FnOnce() -> Option<String>) -> Seen {
    let start = Instant::now();
    let text = black_box(read());
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    Seen { text, ms }
}

fn text_in(sight: Sight) -> Option<String> {
    match sight {
        Sight::One(code) => Some(code.text),
        Sight::Nothing | Sight::Several | Sight::Torn => None,
    }
}

fn ours_live(luma: &Luma) -> Seen {
    timed(|| text_in(Reader::new().read(luma)))
}

fn ours_still(luma: &Luma) -> Seen {
    timed(|| text_in(Reader::new().read_still(luma)))
}

fn library(luma: &Luma) -> Seen {
    let search = || {
        let pixels = |x: usize, y: usize| luma.row(y)[x];
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(luma.width(), luma.height(), pixels);
        let grids = picture.detect_grids();
        grids
            .iter()
            .find_map(|grid| grid.decode().ok().map(|read| read.1))
    };
    timed(|| catch_unwind(AssertUnwindSafe(search)).ok().flatten())
}

#[derive(Default)]
struct Score {
    pictures: usize,
    right: [usize; 3],
    wrong: [usize; 3],
    ms: [Vec<f64>; 3],
}

impl Score {
    fn add(&mut self, picture: &Picture, seen: &[Seen; 3]) {
        self.pictures += 1;
        for (engine, seen) in seen.iter().enumerate() {
            match picture.read_by(seen) {
                Some(true) => self.right[engine] += 1,
                Some(false) => self.wrong[engine] += 1,
                None => {}
            }
            self.ms[engine].push(seen.ms);
        }
    }
}

fn report(scores: &BTreeMap<String, Score>) {
    println!("group | pictures | live | still | library | false readings | median ms | p95 ms");
    for (group, score) in scores {
        let [live, still, library] = score.right;
        let median = score.ms.each_ref().map(|ms| part(ms, 50));
        let slow = score.ms.each_ref().map(|ms| part(ms, 95));
        println!(
            "{group} | {} | {live} | {still} | {library} | {:?} | {median:.1?} | {slow:.1?}",
            score.pictures, score.wrong
        );
    }
}

fn part(ms: &[f64], percent: usize) -> f64 {
    let mut sorted = ms.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(0.0)
}
