//! `cargo xtask bench reset`: each backend of the agent beside what others do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};
use serde_json::{Value, json};

use super::disk::{Disk, ran};
use super::{Folder, Times, children_worked_s, home, processors, run_program, write_down};
use crate::failure::SetUpMissing;
use crate::packages;
use crate::programs::Programs;

const AGENT: &str = "tablet-agent";
const PROGRAM: &str = "reset_by";
/// What ships is built so.
const PROFILE: &str = "dist-agent";
const ROUNDS: usize = 3;

/// The walk must take less than this share of rsync's time.
const AIM_RATIO: f64 = 0.6;
/// A key must be erased and a layer exchanged within this.
const AIM_VISIBLE_S: f64 = 0.3;
/// An image that a disk has just read must be read again within this, for 500 MB.
const AIM_WARM_S: f64 = 0.6;

/// How much is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    files: u64,
    bytes: u64,
    image_files: u64,
    image_bytes: u64,
}

impl Options {
    /// Reads the words after `reset`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            files: 20_000,
            bytes: 2_000_000_000,
            image_files: 3_000,
            image_bytes: 514_000_000,
        };
        while let Some(word) = words.next()? {
            let number = match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("files") => &mut options.files,
                Arg::Long("bytes") => &mut options.bytes,
                Arg::Long("image-files") => &mut options.image_files,
                Arg::Long("image-bytes") => &mut options.image_bytes,
                other => return Err(other.unexpected()),
            };
            *number = words.value()?.parse()?;
        }
        if options.image_files < 20 {
            return Err("an image has at least 20 files, for some are tampered with".into());
        }
        Ok(Some(options))
    }

    /// Room for the home, and for the image as blobs, as a tree for others, as the tree
    /// of layers, and in the home.
    fn disk_bytes(self) -> u64 {
        (self.bytes + 4 * self.image_bytes) * 3 / 2 + (512 << 20)
    }
}

/// A way to reset a home.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Method {
    /// What many a library does.
    Rsync { words: &'static str },
    /// What others do.
    RemoveAndCopy,
    /// A backend of ours.
    Backend(String),
    /// Our walk of a home of which it knows no proof.
    Unproven,
}

impl Method {
    fn name(&self) -> &str {
        match self {
            Self::Rsync { words: BY_BYTES } => "rsync",
            Self::Rsync { .. } => "rsync_by_time",
            Self::RemoveAndCopy => "rm_cp",
            Self::Backend(name) => name,
            Self::Unproven => "manifest_unproven",
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Rsync { words } => format!("rsync {words}"),
            Self::RemoveAndCopy => "rm -rf, cp -a".to_owned(),
            Self::Backend(name) => format!("tablet-agent, {name}"),
            Self::Unproven => format!("tablet-agent, {WALK}, not proven before"),
        }
    }

    /// The backend that makes the home before, and the one that others begin with.
    fn prepared_by(&self) -> &str {
        match self {
            Self::Rsync { .. } | Self::RemoveAndCopy | Self::Unproven => WALK,
            Self::Backend(name) => name,
        }
    }

    const fn is_ours(&self) -> bool {
        matches!(self, Self::Backend(_) | Self::Unproven)
    }
}

/// The backend that others are compared with.
const WALK: &str = "manifest";

const BY_BYTES: &str = "-aHAX --delete --checksum";
const BY_TIME: &str = "-aHAX --delete";

/// Measures, prints and writes down.
pub fn run(options: &Options) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        let why = "a whole tablet's reset is root's: run `cargo xtask bench reset` as root";
        return Err(SetUpMissing(why.to_owned()).into());
    }
    packages::ensure(packages::BENCH_RESET)?;
    let programs = Programs::build_example(AGENT, PROGRAM, PROFILE)?;
    let folder = Folder::new("reset")?;
    let mut measured = Measured::new(*options);
    for kind in ["ext4", "btrfs"] {
        println!("making up a home and an image on {kind}");
        let disk = Disk::make(folder.path(), kind, options.disk_bytes())?;
        let ground = Ground {
            programs: &programs,
            root: disk.path().to_owned(),
            kind,
            options: *options,
        };
        ground.make()?;
        let methods = ground.methods(&mut measured)?;
        for round in 1..=ROUNDS {
            println!("  round {round} of {ROUNDS}");
            for method in &methods {
                measured.take(method, ground.measure(method)?);
            }
        }
    }
    println!("\n{}", measured.table());
    write_down("reset.json", &measured.json())?;
    measured.check()
}

/// One disk, with an image and a home.
struct Ground<'a> {
    programs: &'a Programs,
    root: PathBuf,
    kind: &'static str,
    options: Options,
}

impl Ground<'_> {
    fn root(&self) -> Result<&str> {
        self.root
            .to_str()
            .context("the target folder has a plain name")
    }

    fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    fn golden(&self) -> PathBuf {
        self.root.join("golden")
    }

    fn make(&self) -> Result<()> {
        let (files, bytes) = (self.options.image_files, self.options.image_bytes);
        let (files, bytes) = (files.to_string(), bytes.to_string());
        fs::create_dir(self.home()).context("making the home")?;
        run_program(
            self.programs,
            PROGRAM,
            &["make", self.root()?, &files, &bytes],
        )?;
        Ok(())
    }

    /// What is measured on this disk: on ext4 all but snapshots, which need btrfs.
    fn methods(&self, measured: &mut Measured) -> Result<Vec<Method>> {
        let mut methods = Vec::new();
        let told = run_program(self.programs, PROGRAM, &["can", self.root()?])?;
        for line in told.lines() {
            let told: Value = serde_json::from_str(line).context("a backend is no JSON")?;
            let name = told["backend"].as_str().context("a backend has no name")?;
            let is_here = (name == "btrfs") == (self.kind == "btrfs");
            match told["cannot"].as_str() {
                None if is_here => methods.push(Method::Backend(name.to_owned())),
                Some(why) if is_here => {
                    println!("skipped: {name}: {why}");
                    measured.skipped.insert(name.to_owned(), why.to_owned());
                }
                None | Some(_) => {}
            }
        }
        if self.kind == "ext4" {
            methods.push(Method::Unproven);
            methods.push(Method::Rsync { words: BY_BYTES });
            methods.push(Method::Rsync { words: BY_TIME });
            methods.push(Method::RemoveAndCopy);
        }
        Ok(methods)
    }

    fn measure(&self, method: &Method) -> Result<Sample> {
        let root = self.root()?;
        run_program(
            self.programs,
            PROGRAM,
            &["reset", root, method.prepared_by()],
        )?;
        self.wait_for_room()?;
        home::fill(&self.home(), self.options.files, self.options.bytes)?;
        home::tamper(&self.home())?;
        if *method == Method::Unproven {
            run_program(self.programs, PROGRAM, &["forget", root])?;
        }
        forget_what_was_read()?;
        let (started, worked_s) = (Instant::now(), children_worked_s()?);
        let steps = self.reset(method)?;
        ran("sync", &["-f", root])?;
        let wall_s = started.elapsed().as_secs_f64();
        let cpu_s = children_worked_s()? - worked_s;
        let missed = home::missed(&self.home(), &self.golden())?;
        if self.home().join("loan").exists() {
            bail!("{} left what the loan wrote", method.title());
        }
        let warm_s = method.is_ours().then(|| self.read_again()).transpose()?;
        Ok(Sample {
            wall_s,
            cpu_s,
            missed,
            steps,
            warm_s,
        })
    }

    /// A snapshot's room comes back some time after it was deleted.
    fn wait_for_room(&self) -> Result<()> {
        if self.kind == "btrfs" {
            ran("btrfs", &["subvolume", "sync", self.root()?])?;
        }
        Ok(())
    }

    /// The times of its steps, where it tells them.
    fn reset(&self, method: &Method) -> Result<BTreeMap<String, f64>> {
        let (home, golden) = (self.home(), self.golden());
        let (home, golden) = (text(&home)?, text(&golden)?);
        match method {
            Method::Rsync { words } => {
                let (from, to) = (format!("{golden}/"), format!("{home}/"));
                let mut all: Vec<&str> = words.split(' ').collect();
                all.extend([from.as_str(), to.as_str()]);
                ran("rsync", &all)?;
            }
            Method::RemoveAndCopy => {
                ran("rm", &["-rf", home])?;
                ran("cp", &["-a", golden, home])?;
            }
            Method::Backend(_) | Method::Unproven => {
                let words = ["reset", self.root()?, method.prepared_by()];
                let said = run_program(self.programs, PROGRAM, &words)?;
                let told = said.lines().last().context("a reset tells its times")?;
                let told: Value = serde_json::from_str(told).context("times are no JSON")?;
                return Ok(serde_json::from_value(told["steps_s"].clone())?);
            }
        }
        Ok(BTreeMap::new())
    }

    /// The disk has just read it twice.
    fn read_again(&self) -> Result<f64> {
        let mut seconds = f64::NAN;
        for _time in 0..2 {
            let told = run_program(self.programs, PROGRAM, &["verify", self.root()?])?;
            let told: Value = serde_json::from_str(&told).context("a time is no JSON")?;
            seconds = told["verify_s"].as_f64().context("no time of reading")?;
        }
        Ok(seconds)
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the target folder has a plain name")
}

/// Nobody begins with what the one before has read.
fn forget_what_was_read() -> Result<()> {
    ran("sync", &[])?;
    fs::write("/proc/sys/vm/drop_caches", "3").context("dropping what memory holds of disks")
}

/// One run of one method.
struct Sample {
    wall_s: f64,
    cpu_s: f64,
    missed: u64,
    steps: BTreeMap<String, f64>,
    warm_s: Option<f64>,
}

impl Sample {
    /// What a borrower at the counter waits for before the home is another.
    fn visible_s(&self) -> Option<f64> {
        let of = |step: &str| self.steps.get(step).copied();
        Some(of("key_erased").unwrap_or(0.0) + of("swapped")?)
    }
}

struct Measured {
    options: Options,
    samples: Vec<(Method, Vec<Sample>)>,
    skipped: BTreeMap<String, String>,
}

impl Measured {
    const fn new(options: Options) -> Self {
        Self {
            options,
            samples: Vec::new(),
            skipped: BTreeMap::new(),
        }
    }

    fn take(&mut self, method: &Method, sample: Sample) {
        println!("    {:<45} {:>7.2} s", method.title(), sample.wall_s);
        match self.samples.iter_mut().find(|(known, _)| known == method) {
            Some((_, samples)) => samples.push(sample),
            None => self.samples.push((method.clone(), vec![sample])),
        }
    }

    fn of(&self, name: &str) -> &[Sample] {
        let mut all = self.samples.iter();
        let found = all.find(|(method, _)| method.name() == name);
        found.map_or(&[], |(_, samples)| samples.as_slice())
    }

    fn ratio(&self, figure: impl Fn(&Sample) -> f64 + Copy) -> f64 {
        best(self.of(WALK), figure) / best(self.of("rsync"), figure)
    }

    fn table(&self) -> String {
        let Options {
            files,
            bytes,
            image_files,
            image_bytes,
        } = self.options;
        let head = format!(
            "a home of {files} files, {} MB; an image of {image_files} files, {} MB; {} \
             processors; the best of {ROUNDS}\n  {:<40} {:>8} {:>8} {:>10} {:>8} {:>8}",
            bytes / 1_000_000,
            image_bytes / 1_000_000,
            processors(),
            "",
            "s",
            "CPU s",
            "visible s",
            "again s",
            "missed"
        );
        let or_none = |seconds: f64| {
            if seconds.is_finite() {
                format!("{seconds:.2}")
            } else {
                "–".to_owned()
            }
        };
        let rows = self.samples.iter().map(|(method, samples)| {
            format!(
                "  {:<40} {:>8.2} {:>8.2} {:>10} {:>8} {:>8}",
                method.title(),
                best(samples, |it| it.wall_s),
                best(samples, |it| it.cpu_s),
                or_none(best(samples, |it| it.visible_s().unwrap_or(f64::NAN))),
                or_none(best(samples, |it| it.warm_s.unwrap_or(f64::NAN))),
                missed(samples)
            )
        });
        let ratio = format!(
            "  The manifest takes {:.2} of rsync's time, and {:.2} of its work. {} tampers each.",
            self.ratio(|it| it.wall_s),
            self.ratio(|it| it.cpu_s),
            home::tampers()
        );
        [head, rows.collect::<Vec<_>>().join("\n"), ratio].join("\n")
    }

    fn json(&self) -> Value {
        let methods: BTreeMap<&str, Value> = self
            .samples
            .iter()
            .map(|(method, samples)| (method.name(), figures(samples)))
            .collect();
        let missed: BTreeMap<&str, u64> = self
            .samples
            .iter()
            .map(|(method, samples)| (method.name(), missed(samples)))
            .collect();
        json!({
            "files": self.options.files,
            "bytes": self.options.bytes,
            "image_files": self.options.image_files,
            "image_bytes": self.options.image_bytes,
            "processors": processors(),
            "rounds": ROUNDS,
            "methods": methods,
            "ratios": {
                "manifest_vs_rsync_wall": self.ratio(|it| it.wall_s),
                "manifest_vs_rsync_cpu": self.ratio(|it| it.cpu_s),
            },
            "tampers": home::tampers(),
            "tampers_missed": missed,
            "skipped": self.skipped,
        })
    }

    fn check(&self) -> Result<()> {
        let mut misses = Vec::new();
        let ratio = self.ratio(|it| it.wall_s);
        if ratio > AIM_RATIO {
            misses.push(format!(
                "the manifest takes {ratio:.2} of rsync's time, {AIM_RATIO} is the most"
            ));
        }
        let work = self.ratio(|it| it.cpu_s);
        if work >= 1.0 {
            misses.push(format!(
                "the manifest works {work:.2} times as much as rsync"
            ));
        }
        let visible_s = best(self.of("fscrypt+overlay"), |it| {
            it.visible_s().unwrap_or(f64::NAN)
        });
        if visible_s > AIM_VISIBLE_S {
            misses.push(format!(
                "a layer is exchanged in {visible_s:.2} s, {AIM_VISIBLE_S} s is the most"
            ));
        }
        let warm_s = best(self.of(WALK), |it| it.warm_s.unwrap_or(f64::NAN));
        let most_s = AIM_WARM_S * f64_of(self.options.image_bytes) / 5e8;
        if warm_s > most_s.max(AIM_WARM_S) {
            misses.push(format!(
                "reading again takes {warm_s:.2} s, {most_s:.2} s is the most"
            ));
        }
        for (method, samples) in &self.samples {
            if method.is_ours() && missed(samples) > 0 {
                misses.push(format!("{} missed tampering", method.title()));
            }
        }
        if misses.is_empty() {
            return Ok(());
        }
        bail!(misses.join("; "))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of bytes, for a ratio")]
const fn f64_of(bytes: u64) -> f64 {
    bytes as f64
}

fn best(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    times(samples, figure).best_s
}

fn times(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> Times {
    Times::of(samples.iter().map(figure).collect())
}

fn missed(samples: &[Sample]) -> u64 {
    samples.iter().map(|it| it.missed).max().unwrap_or(0)
}

fn figures(samples: &[Sample]) -> Value {
    let steps = samples.iter().flat_map(|it| it.steps.keys());
    let steps: BTreeMap<&str, Value> = steps
        .map(|step| {
            let of_step = |it: &Sample| it.steps.get(step).copied().unwrap_or(f64::NAN);
            (step.as_str(), times(samples, of_step).json())
        })
        .collect();
    let seconds = |figure: fn(&Sample) -> Option<f64>| {
        let seconds = best(samples, |it| figure(it).unwrap_or(f64::NAN));
        seconds.is_finite().then_some(seconds)
    };
    json!({
        "wall": times(samples, |it| it.wall_s).json(),
        "cpu": times(samples, |it| it.cpu_s).json(),
        "steps": steps,
        "visible_s": seconds(Sample::visible_s),
        "warm_verify_s": seconds(|it| it.warm_s),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn measured(manifest: Sample, layer: Sample) -> Measured {
        let words = "--image-bytes 500000000";
        let words = lexopt::Parser::from_args(words.split(' '));
        let mut measured = Measured::new(Options::parse(words).unwrap().unwrap());
        measured.take(&Method::Rsync { words: BY_BYTES }, sample(10.0, 4.0));
        measured.take(&Method::Backend(WALK.to_owned()), manifest);
        measured.take(&Method::Unproven, sample(8.0, 5.0));
        measured.take(&Method::Backend("fscrypt+overlay".to_owned()), layer);
        measured
    }

    fn sample(wall_s: f64, cpu_s: f64) -> Sample {
        Sample {
            wall_s,
            cpu_s,
            missed: 0,
            steps: BTreeMap::from([("key_erased".to_owned(), 0.1), ("swapped".to_owned(), 0.15)]),
            warm_s: Some(0.5),
        }
    }

    #[test]
    fn every_aim_that_is_missed_is_told() {
        let layer = || sample(2.0, 1.0);
        assert!(measured(sample(6.0, 3.9), layer()).check().is_ok());
        let told = |manifest, layer| measured(manifest, layer).check().unwrap_err().to_string();
        assert!(told(sample(6.1, 3.9), layer()).contains("0.61 of rsync's time"));
        assert!(told(sample(6.0, 4.0), layer()).contains("works 1.00 times"));
        let mut slow = layer();
        slow.steps.insert("swapped".to_owned(), 0.3);
        assert!(told(sample(6.0, 3.9), slow).contains("exchanged in 0.40 s"));
        let mut blind = layer();
        blind.missed = 1;
        assert!(told(sample(6.0, 3.9), blind).contains("missed tampering"));
        let mut again = sample(6.0, 3.9);
        again.warm_s = Some(0.61);
        assert!(told(again, layer()).contains("reading again takes 0.61 s"));
    }

    #[test]
    fn the_figures_have_the_names_that_are_looked_for() {
        let json = measured(sample(5.0, 2.0), sample(2.0, 1.0)).json();
        assert_eq!(json["ratios"]["manifest_vs_rsync_wall"], 0.5);
        assert_eq!(json["ratios"]["manifest_vs_rsync_cpu"], 0.5);
        assert_eq!(json["tampers_missed"]["fscrypt+overlay"], 0);
        assert_eq!(json["methods"]["rsync"]["cpu"]["best_s"], 4.0);
        assert_eq!(json["methods"]["manifest_unproven"]["wall"]["best_s"], 8.0);
    }
}
