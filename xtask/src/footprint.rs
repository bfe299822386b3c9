//! `cargo xtask bench footprint`: what the agent costs the tablet that it runs on, beside
//! two agents from Debian's packages in the same minutes on the same machine.

mod counted;
mod peers;
mod process;
mod tls;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};
use serde_json::{Value, json};

use crate::children::Children;
use crate::packages;
use crate::programs::Programs;
use crate::workspace::{self, said};
use crate::world::{self, Code, World};
use counted::Counted;
use peers::{PEERS, Peer};
use process::Process;
use tls::Tls;

/// What `cargo xtask bench footprint --help` says.
pub const HELP: &str = "\
cargo xtask bench footprint [--beats N]

What the agent costs a tablet: the bytes of its program as it ships, and over N heartbeats
at a poll of 30 s (4 where nothing is said) its memory, how often it is woken, and what goes
through the network, by HTTP and by HTTPS behind Debian's stunnel. Beside it run two agents
of Debian's own packages, unpacked and not installed. Prints a table, writes
bench/footprint.json in the target folder.

Exit codes: 0 measured · 1 a step failed, or the agent costs more than it may";

const AGENT: &str = "tablet-agent";
const SERVER: &str = "tablet-server";
const POLL_MS: &str = "30000";
const STARTED_WITHIN: Duration = Duration::from_mins(3);

/// Most that the agent may cost.
const BINARY_BYTES_MAX: u64 = 2_000_000;
const RSS_BYTES_MAX: u64 = 5_000_000;
const WAKEUPS_MAX: f64 = 6.0;
/// With TLS, on a connection that is kept: mobile data is what a library pays for.
const HEARTBEAT_BYTES_MAX: u64 = 1_200;

/// What was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    beats: u32,
}

impl Options {
    /// Reads the words after `footprint`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut beats = 4;
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("beats") => beats = words.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        if beats == 0 {
            return Err("--beats is one or more".into());
        }
        Ok(Some(Self { beats }))
    }
}

/// Installs, builds, measures, prints and writes down.
pub fn run(options: &Options) -> Result<()> {
    packages::ensure(&packages::footprint()).context("the step “packages” failed")?;
    println!("Building the server, and the agent as it ships.");
    let (server, ships) = (
        Programs::build_plain(SERVER)?,
        Programs::build_to_ship(AGENT, "dist-agent")?,
    );
    let agent = ships.path(AGENT)?.to_owned();
    let both = [(SERVER, server.path(SERVER)?), (AGENT, agent.as_path())];
    let both = both.map(|(name, path)| (name.to_owned(), path.to_owned()));
    let folder = workspace::target().join("bench/footprint");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing what was measured before")?;
    }
    let children = Children::new(&folder.join("log"))?;
    let mut world = World::new(Programs::found(both), folder.clone(), children)?;
    let measured = measure(&mut world, &agent, &folder, options.beats);
    for name in world.children.stop()? {
        eprintln!("{name} did not end when asked and was killed.");
    }
    let measured = measured?;
    println!("\n{}", measured.table());
    let file = workspace::target().join("bench/footprint.json");
    fs::write(&file, format!("{:#}\n", measured.json()))?;
    println!("\nwritten to {}", file.display());
    measured.check()
}

fn measure(world: &mut World, agent: &Path, folder: &Path, beats: u32) -> Result<Measured> {
    world.furnish(1)?;
    world.start_server(None)?;
    let server = world.address().to_owned();
    let tls = Tls::start(&folder.join("tls"), &server, &mut world.children)?;
    let (plain, sealed) = (Counted::to(server)?, Counted::to(tls.address)?);
    let peer_sizes = unpack(folder)?;
    let ways = [
        ("WGN-801", "http://127.0.0.1", plain),
        ("WGN-802", "https://localhost", sealed),
    ];
    for (name, server, counted) in &ways {
        prove(
            world,
            agent,
            name,
            &format!("{server}:{}", counted.port()),
            &tls.roots,
        )?;
    }
    become_a_library(world)?;
    let [http, https] =
        ways.map(|(name, _, counted)| Way::begin(world, agent, name, counted, &tls.roots));
    let (http, https) = (http?, https?);
    let peers = PEERS.map(|peer| peer.start(folder, &mut world.children));
    println!("Measuring over {beats} heartbeats at a poll of 30 s.");
    let began = Instant::now();
    let before = [http.mark(world)?, https.mark(world)?];
    let peers = peers.into_iter().collect::<Result<Vec<_>>>()?;
    let peers_before = woken(&peers)?;
    let ended = [http.after(world, beats)?, https.after(world, beats)?];
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let each = peers.iter().zip(&peers_before).zip(peer_sizes);
    let peers = each.map(|((process, before), (peer, binary_bytes))| {
        Ok(Costs {
            name: peer.name,
            binary_bytes,
            rss_bytes: process.rss_bytes().context(peer.name)?,
            wakeups_per_min: rate(process.wakeups()? - before, minutes),
        })
    });
    let [http, https] = [0, 1].map(|way: usize| ended[way].since(&before[way], beats));
    Ok(Measured {
        binary_bytes: fs::metadata(agent)?.len(),
        http,
        https,
        peers: peers.collect::<Result<_>>()?,
    })
}

fn unpack(folder: &Path) -> Result<Vec<(Peer, u64)>> {
    let sizes = PEERS.map(|peer| {
        let program = peer.unpack(folder)?;
        Ok((peer, fs::metadata(program)?.len()))
    });
    sizes.into_iter().collect()
}

fn woken(processes: &[Process]) -> Result<Vec<u64>> {
    processes.iter().map(Process::wakeups).collect()
}

/// Enrols a directory, and has its agent prove its first reset.
fn prove(
    world: &mut World,
    agent: &Path,
    name: &'static str,
    address: &str,
    roots: &Path,
) -> Result<()> {
    let words = ["enrol", "tablet", "--number", name, "--venue", world::VENUE];
    let code = Code::parse(&world.server(&words)?)?;
    let root = world.tablet_folder(name);
    fs::create_dir_all(&root)?;
    let mut enrol = command(agent, "enrol", &root, roots);
    enrol.args(["--server", address, "--code", &code.code]);
    enrol.args(["--fingerprint", &code.fingerprint]);
    said(enrol.args(["--serial", name, "--model", "Demo folder"]))?;
    start(world, agent, name, roots)?;
    let ready = |line: &str| (line == "ready").then_some(());
    world.children.wait_for(name, STARTED_WITHIN, ready)?;
    world.children.kill(name)
}

/// A demo takes proofs of directories, and has its tablets call every second; a library
/// leaves them alone as long as real ones.
fn become_a_library(world: &mut World) -> Result<()> {
    world.children.kill("server")?;
    fs::write(world.server_folder().join("kind"), "library").context("making it a library")?;
    world.start_library()
}

fn start(world: &mut World, agent: &Path, name: &str, roots: &Path) -> Result<()> {
    let mut run = command(agent, "run", &world.tablet_folder(name), roots);
    run.args(["--every", POLL_MS]);
    world.children.start(name, run)
}

/// An agent that speaks to the server in one way.
struct Way {
    name: &'static str,
    process: Process,
    counted: Counted,
}

impl Way {
    /// Starts the agent of a tablet that is ready, and waits until it is at rest.
    fn begin(
        world: &mut World,
        agent: &Path,
        name: &'static str,
        counted: Counted,
        roots: &Path,
    ) -> Result<Self> {
        start(world, agent, name, roots)?;
        let process = Process::of(world.children.pid(name)?);
        world.children.wait_for(name, STARTED_WITHIN, is_at_rest)?;
        Ok(Self {
            name,
            process,
            counted,
        })
    }

    /// Right after a heartbeat.
    fn mark(&self, world: &mut World) -> Result<Mark> {
        self.after(world, 1)
    }

    /// So many heartbeats later.
    fn after(&self, world: &mut World, beats: u32) -> Result<Mark> {
        for _ in 0..beats {
            world
                .children
                .wait_for(self.name, STARTED_WITHIN, is_at_rest)?;
        }
        Ok(Mark {
            at: Instant::now(),
            bytes: self.counted.bytes(),
            wakeups: self.process.wakeups()?,
            rss_bytes: self.process.rss_bytes()?,
        })
    }
}

fn command(agent: &Path, word: &str, root: &Path, roots: &Path) -> Command {
    let mut command = Command::new(agent);
    command.arg(word).arg("--root").arg(root);
    // As its unit says.
    command.env("MALLOC_ARENA_MAX", "1");
    command.env("SSL_CERT_FILE", roots);
    command
}

/// Whether a line of the agent says that the server wants nothing of it for a while.
fn is_at_rest(line: &str) -> Option<()> {
    let (_, next) = line.split_once("heartbeat answered, next call in ")?;
    let next_ms: u64 = next.strip_suffix(" ms")?.parse().ok()?;
    (next_ms >= 60_000).then_some(())
}

/// What was counted up to a moment.
struct Mark {
    at: Instant,
    bytes: u64,
    wakeups: u64,
    rss_bytes: u64,
}

impl Mark {
    fn since(&self, before: &Self, beats: u32) -> Spent {
        let minutes = (self.at - before.at).as_secs_f64() / 60.0;
        Spent {
            rss_bytes: self.rss_bytes,
            wakeups_per_min: rate(self.wakeups - before.wakeups, minutes),
            heartbeat_bytes: (self.bytes - before.bytes) / u64::from(beats),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count, for a rate")]
fn rate(count: u64, minutes: f64) -> f64 {
    (count as f64 / minutes * 10.0).round() / 10.0
}

/// What one way of speaking to the server costs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spent {
    rss_bytes: u64,
    wakeups_per_min: f64,
    heartbeat_bytes: u64,
}

/// What an agent of somebody else costs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Costs {
    name: &'static str,
    binary_bytes: u64,
    rss_bytes: u64,
    wakeups_per_min: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Measured {
    binary_bytes: u64,
    http: Spent,
    https: Spent,
    peers: Vec<Costs>,
}

impl Measured {
    fn table(&self) -> String {
        let row = |name: &str, binary: u64, rss: u64, woken: f64, beat: String| {
            format!(
                "  {name:<24} {:>9.2} {:>9.2} {woken:>12.1} {beat:>12}",
                megabytes(binary),
                megabytes(rss)
            )
        };
        let head = format!(
            "  {:<24} {:>9} {:>9} {:>12} {:>12}",
            "", "binary MB", "memory MB", "woken/minute", "B/heartbeat"
        );
        let ways = [("ours, by HTTP", self.http), ("ours, by HTTPS", self.https)];
        let ours = ways.map(|(name, spent)| {
            let beat = spent.heartbeat_bytes.to_string();
            row(
                name,
                self.binary_bytes,
                spent.rss_bytes,
                spent.wakeups_per_min,
                beat,
            )
        });
        let peers = self.peers.iter().map(|it| {
            let none = "-".to_owned();
            row(
                it.name,
                it.binary_bytes,
                it.rss_bytes,
                it.wakeups_per_min,
                none,
            )
        });
        let rows: Vec<String> = std::iter::once(head).chain(ours).chain(peers).collect();
        rows.join("\n")
    }

    fn json(&self) -> Value {
        let peers = self.peers.iter().map(|it| {
            json!({
                "name": it.name,
                "binary_bytes": it.binary_bytes,
                "rss_bytes": it.rss_bytes,
                "wakeups_per_min": it.wakeups_per_min,
            })
        });
        json!({
            "binary_bytes": self.binary_bytes,
            "rss_http_bytes": self.http.rss_bytes,
            "rss_https_bytes": self.https.rss_bytes,
            "wakeups_per_min": self.wakeups_per_min(),
            "heartbeat_bytes": self.https.heartbeat_bytes,
            "heartbeat_http_bytes": self.http.heartbeat_bytes,
            "peers": peers.collect::<Vec<_>>(),
        })
    }

    fn wakeups_per_min(&self) -> f64 {
        self.http.wakeups_per_min.max(self.https.wakeups_per_min)
    }

    /// Everything that is more than it may be, at once.
    fn check(&self) -> Result<()> {
        let mut over = Vec::new();
        if self.binary_bytes > BINARY_BYTES_MAX {
            over.push(format!(
                "its program has {} bytes, at most {BINARY_BYTES_MAX}",
                self.binary_bytes
            ));
        }
        let rss_bytes = self.http.rss_bytes.max(self.https.rss_bytes);
        if rss_bytes > RSS_BYTES_MAX {
            over.push(format!(
                "it holds {rss_bytes} bytes, at most {RSS_BYTES_MAX}"
            ));
        }
        let woken = self.wakeups_per_min();
        if woken > WAKEUPS_MAX {
            over.push(format!(
                "it is woken {woken} times a minute, at most {WAKEUPS_MAX}"
            ));
        }
        let beat_bytes = self.https.heartbeat_bytes;
        if beat_bytes > HEARTBEAT_BYTES_MAX {
            over.push(format!(
                "a heartbeat has {beat_bytes} bytes, at most {HEARTBEAT_BYTES_MAX}"
            ));
        }
        if over.is_empty() {
            return Ok(());
        }
        bail!("the agent costs more than it may: {}", over.join("; "))
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn measured() -> Measured {
        let spent = Spent {
            rss_bytes: 4_000_000,
            wakeups_per_min: 5.0,
            heartbeat_bytes: 900,
        };
        Measured {
            binary_bytes: 1_900_000,
            http: spent,
            https: spent,
            peers: Vec::new(),
        }
    }

    #[test]
    fn an_agent_that_costs_more_than_it_may_fails_and_says_what_of_it() {
        measured().check().unwrap();
        let mut heavy = measured();
        heavy.binary_bytes = BINARY_BYTES_MAX + 1;
        heavy.https.rss_bytes = RSS_BYTES_MAX + 1;
        let why = heavy.check().unwrap_err().to_string();
        assert!(why.contains("program") && why.contains("holds"), "{why}");
        let mut restless = measured();
        restless.http.wakeups_per_min = WAKEUPS_MAX + 0.1;
        assert!(restless.check().unwrap_err().to_string().contains("woken"));
        let mut talkative = measured();
        talkative.https.heartbeat_bytes = HEARTBEAT_BYTES_MAX + 1;
        let why = talkative.check().unwrap_err().to_string();
        assert!(why.contains("heartbeat"), "{why}");
    }

    #[test]
    fn the_figures_are_written_under_the_names_that_were_agreed() {
        let told = measured().json();
        for name in [
            "binary_bytes",
            "rss_http_bytes",
            "rss_https_bytes",
            "heartbeat_bytes",
        ] {
            assert!(told[name].is_u64(), "{name}");
        }
        assert!(told["wakeups_per_min"].is_f64());
    }

    #[test]
    fn an_agent_is_at_rest_when_the_server_wants_nothing_for_a_minute() {
        assert_eq!(
            is_at_rest("heartbeat answered, next call in 900000 ms"),
            Some(())
        );
        assert_eq!(is_at_rest("heartbeat answered, next call in 2000 ms"), None);
        assert_eq!(is_at_rest("ready"), None);
    }

    #[test]
    fn a_rate_is_of_a_minute() {
        assert!((rate(9, 1.5) - 6.0).abs() < 0.01);
    }

    #[test]
    fn only_what_there_is_can_be_asked() {
        let parse = |words: &[&str]| Options::parse(lexopt::Parser::from_args(words));
        assert_eq!(parse(&[]).unwrap(), Some(Options { beats: 4 }));
        assert_eq!(
            parse(&["--beats", "9"]).unwrap(),
            Some(Options { beats: 9 })
        );
        assert!(parse(&["--beats", "0"]).is_err() && parse(&["now"]).is_err());
        assert_eq!(parse(&["--help"]).unwrap(), None);
    }
}
