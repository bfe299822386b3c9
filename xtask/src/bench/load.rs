//! `cargo xtask bench load`: the server under load, in one run beside what it could do at
//! most, what it would do with one write at a time, and HTTP that does nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use lexopt::{Arg, ValueExt};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};

use super::disk::ran;
use super::{Folder, processors, run_program, worked_of, write_down};
use crate::programs::Programs;
use crate::workspace;

const PROGRAM: &str = "tablet-server";
const LOAD: &str = "load";

/// At least so much of what one thread could do without HTTP.
const AIM_LIMIT: f64 = 0.5;
/// At least so many times what one write at a time does.
const AIM_NAIVE: f64 = 5.0;
/// Longest that half of the pages of a whole small fleet, and of a large one, may take, in
/// milliseconds, while heartbeats are written.
const AIM_PAGES_MS: [(&str, f64); 2] = [("page_100", 1.0), ("page_100000", 2.0)];
/// Longest that a server may take to answer after it was killed, in seconds.
const AIM_START_S: f64 = 1.0;
/// Most memory, in bytes.
const AIM_RSS: f64 = 64.0 * 1024.0 * 1024.0;
/// Most bytes of a heartbeat for good.
const AIM_ROW_BYTES: f64 = 25.0;
/// The naive one is asked for so much less.
const NAIVE_SHARE: usize = 5;

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    tablets: usize,
    clients: usize,
    requests: usize,
}

impl Options {
    /// Reads the words after `load`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            tablets: 20_000,
            clients: 64,
            requests: 38_400,
        };
        while let Some(word) = words.next()? {
            let number = match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("tablets") => &mut options.tablets,
                Arg::Long("clients") => &mut options.clients,
                Arg::Long("requests") => &mut options.requests,
                other => return Err(other.unexpected()),
            };
            *number = words.value()?.parse()?;
        }
        if options.clients == 0 || options.requests < options.clients * NAIVE_SHARE {
            return Err("each client sends at least five requests".into());
        }
        if options.requests > 2 * options.tablets {
            return Err("each tablet is lent and brought back once: so many are not there".into());
        }
        Ok(Some(options))
    }
}

/// A page that is asked for.
struct Page {
    name: &'static str,
    what: &'static str,
    path: &'static str,
}

/// The fleets, and the pages of each.
const PAGES: &[(usize, &[Page])] = &[
    (
        100,
        &[Page {
            name: "page_100",
            what: "the page of all 100 tablets",
            path: "/",
        }],
    ),
    (
        10_000,
        &[Page {
            name: "page_10000",
            what: "the first page of 10,000 tablets",
            path: "/",
        }],
    ),
    (
        100_000,
        &[
            Page {
                name: "page_100000",
                what: "the first page of 100,000 tablets",
                path: "/",
            },
            Page {
                name: "state_100000",
                what: "a page of those in one state",
                path: "/?state=ready&page=2",
            },
            Page {
                name: "number_100000",
                what: "found by the number",
                path: "/?find=LDA-777",
            },
            Page {
                name: "part_100000",
                what: "found by a part of the serial number",
                path: "/?find=oad-7777",
            },
        ],
    ),
];

/// How often each is asked for.
const PAGES_ASKED: &str = "400";

/// Written beside them: by so many tablets, one connection, at most so many heartbeats.
const WRITTEN_BESIDE: [&str; 3] = ["100", "1", "20000"];

/// Before the server is killed: by so many tablets, so many connections, so many heartbeats.
const KILLED_AFTER: [&str; 3] = ["100", "4", "8000"];

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Heartbeats,
    Loans,
}

impl What {
    const BOTH: [Self; 2] = [Self::Heartbeats, Self::Loans];

    const fn word(self) -> &'static str {
        match self {
            Self::Heartbeats => "heartbeats",
            Self::Loans => "loans",
        }
    }
}

/// Measures, prints and writes down.
pub fn run(options: &Options) -> Result<()> {
    let programs = Programs::build_to_measure(PROGRAM, LOAD)?;
    let folder = Folder::new(LOAD)?;
    let bench = Bench {
        programs,
        folder: folder.path().to_owned(),
        options: *options,
    };
    println!(
        "{} tablets, {} clients, {} requests each, {} processors; load {}",
        options.tablets,
        options.clients,
        options.requests,
        processors(),
        load()?
    );
    let measured = bench.measured()?;
    write_down("load.json", &measured)?;
    check(&measured)
}

/// What the machine has to do besides.
fn load() -> Result<String> {
    let all = fs::read_to_string("/proc/loadavg").context("reading /proc/loadavg")?;
    Ok(all.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

struct Bench {
    programs: Programs,
    folder: PathBuf,
    options: Options,
}

impl Bench {
    fn measured(&self) -> Result<Value> {
        let made = self.library(self.options.tablets)?;
        println!(
            "  {:<34} {:>9} {:>9} {:>9} {:>9}",
            "", "per s", "p50 ms", "p99 ms", "CPU µs"
        );
        let mut cases = Map::new();
        let bare = self.bare(&made)?;
        told("HTTP that does nothing", &bare);
        cases.insert("bare".to_owned(), bare);
        for what in What::BOTH {
            let word = what.word();
            for (name, batch, share) in [
                (word.to_owned(), None, 1),
                (format!("{word}_naive"), Some(1), NAIVE_SHARE),
            ] {
                let case = self.served(&made, what, batch, share)?;
                told(&name, &case);
                cases.insert(name, case);
            }
            let limit = self.limit(&made, what)?;
            told(&format!("{word}, one thread, no HTTP"), &limit);
            cases.insert(format!("{word}_limit"), limit);
        }
        let mut start_s = f64::NAN;
        for (tablets, pages) in PAGES {
            let library = self.library(*tablets)?;
            for page in *pages {
                let case = self.page(&library, page)?;
                told(page.what, &case);
                cases.insert(page.name.to_owned(), case);
            }
            start_s = self.start_after_kill(&library)?;
            fs::remove_dir_all(&library).context("clearing the library")?;
        }
        println!("  {start_s:.2} s from a kill -9 of the largest to its next answer");
        let row_bytes = self.row_bytes(&made)?;
        println!("  {row_bytes:.1} bytes a heartbeat for good");
        let against = |one: &str, other: &str| rate(&cases[one]) / rate(&cases[other]);
        let ratios = json!({
            "heartbeat_vs_naive": against("heartbeats", "heartbeats_naive"),
            "checkout_vs_naive": against("loans", "loans_naive"),
            "heartbeat_vs_limit": against("heartbeats", "heartbeats_limit"),
            "checkout_vs_limit": against("loans", "loans_limit"),
        });
        for (name, ratio) in ratios.as_object().into_iter().flatten() {
            println!("  {name:<22} {:.2}", ratio.as_f64().unwrap_or(f64::NAN));
        }
        Ok(json!({
            "tablets": self.options.tablets,
            "clients": self.options.clients,
            "processors": processors(),
            "load": load()?,
            "heartbeat_row_bytes": row_bytes,
            "start_after_kill_s": start_s,
            "ratios": ratios,
            "cases": cases,
        }))
    }

    /// A made-up library with so many tablets, all ready.
    fn library(&self, tablets: usize) -> Result<PathBuf> {
        let path = self.folder.join(format!("library-{tablets}"));
        let data = plain(&path)?;
        println!("making up a library of {tablets} tablets");
        run_program(
            &self.programs,
            PROGRAM,
            &["demo-fill", "--data", data, "--tablets", "1"],
        )?;
        let (tablets, clients) = (tablets.to_string(), self.options.clients.to_string());
        run_program(&self.programs, LOAD, &["fill", data, &tablets, &clients])?;
        Ok(path)
    }

    /// The same library as it was, for one case.
    fn copy(&self, base: &Path) -> Result<PathBuf> {
        let copy = self.folder.join("copy");
        if copy.exists() {
            fs::remove_dir_all(&copy).context("clearing the case before")?;
        }
        ran("cp", &["-a", plain(base)?, plain(&copy)?])?;
        Ok(copy)
    }

    fn bare(&self, base: &Path) -> Result<Value> {
        let mut nothing = Command::new(self.programs.path(LOAD)?);
        let server = Server::start(nothing.arg("bare"), &self.folder)?;
        let driven = self.drive(&server, What::Heartbeats, base, self.options.requests)?;
        server.stop(driven)
    }

    fn served(&self, base: &Path, what: What, batch: Option<usize>, share: usize) -> Result<Value> {
        let library = self.copy(base)?;
        let server = self.server(&library, batch)?;
        let driven = self.drive(&server, what, &library, self.options.requests / share)?;
        server.stop(driven)
    }

    fn server(&self, library: &Path, batch: Option<usize>) -> Result<Server> {
        let mut serve = Command::new(self.programs.path(PROGRAM)?);
        serve.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(library);
        if let Some(batch) = batch {
            serve.args(["--max-batch", &batch.to_string()]);
        }
        Server::start(&mut serve, &self.folder)
    }

    fn drive(&self, server: &Server, what: What, library: &Path, requests: usize) -> Result<Value> {
        let Options {
            tablets, clients, ..
        } = self.options;
        let [tablets, clients, requests] = [tablets, clients, requests].map(|it| it.to_string());
        let words = [
            "drive",
            what.word(),
            &server.address,
            plain(library)?,
            &tablets,
            &clients,
            &requests,
        ];
        parsed(&run_program(&self.programs, LOAD, &words)?)
    }

    fn limit(&self, base: &Path, what: What) -> Result<Value> {
        let library = self.copy(base)?;
        let Options {
            tablets,
            clients,
            requests,
        } = self.options;
        let [tablets, clients, requests] = [tablets, clients, requests].map(|it| it.to_string());
        let words = [
            "limit",
            what.word(),
            plain(&library)?,
            &tablets,
            &clients,
            &requests,
        ];
        parsed(&run_program(&self.programs, LOAD, &words)?)
    }

    /// A page, while heartbeats are written as fast as one after the other goes.
    fn page(&self, base: &Path, page: &Page) -> Result<Value> {
        let library = self.copy(base)?;
        let server = self.server(&library, None)?;
        let link = server.link.clone().context("the server offered no link")?;
        let mut writes = Command::new(self.programs.path(LOAD)?);
        writes.args(["drive", "heartbeats", &server.address, plain(&library)?]);
        writes.args(WRITTEN_BESIDE).stdout(Stdio::null());
        let mut writes = writes.spawn().context("writing beside")?;
        let words = [
            "drive",
            "page",
            &server.address,
            &link,
            page.path,
            PAGES_ASKED,
        ];
        let driven = run_program(&self.programs, LOAD, &words);
        let goes_on = writes.try_wait().context("looking at what is written")?;
        writes.kill().context("ending what is written beside")?;
        writes.wait().context("waiting for its end")?;
        ensure!(goes_on.is_none(), "what was written beside ended first");
        server.stop(parsed(&driven?)?)
    }

    /// From the start of a server that was killed while it wrote to its first answer, in
    /// seconds.
    fn start_after_kill(&self, base: &Path) -> Result<f64> {
        let library = self.copy(base)?;
        let server = self.server(&library, None)?;
        let words = ["drive", "heartbeats", &server.address, plain(&library)?];
        let words: Vec<&str> = words.into_iter().chain(KILLED_AFTER).collect();
        run_program(&self.programs, LOAD, &words)?;
        server.kill()?;
        let began = Instant::now();
        let again = self.server(&library, None)?;
        answer_of(&again.address)?;
        let took = began.elapsed().as_secs_f64();
        again.kill()?;
        Ok(took)
    }

    fn row_bytes(&self, base: &Path) -> Result<f64> {
        let library = self.copy(base)?;
        let rows = parsed(&run_program(
            &self.programs,
            LOAD,
            &["rows", plain(&library)?],
        )?)?;
        let of = |name: &str| rows[name].as_f64().with_context(|| format!("no {name}"));
        Ok(of("bytes")? / of("rows")?)
    }
}

/// A program that answers, in a process of its own.
struct Server {
    child: Child,
    address: String,
    link: Option<String>,
    worked_s: f64,
}

impl Server {
    fn start(command: &mut Command, folder: &Path) -> Result<Self> {
        let log = File::create(folder.join("server.log")).context("opening the server's log")?;
        let command = command
            .current_dir(workspace::root())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().context("starting what answers")?;
        let out = child.stdout.take().context("it says nothing")?;
        let mut lines = BufReader::new(out).lines();
        let mut said =
            || -> Result<String> { Ok(lines.next().context("it ended before it answered")??) };
        let first = said()?;
        let address = first
            .strip_prefix("listening on http://")
            .context("no address")?
            .to_owned();
        let is_ours = command.get_args().any(|word| word == "serve");
        let link = if is_ours {
            Some(said()?.trim_start_matches("sign in once with ").to_owned())
        } else {
            None
        };
        let worked_s = worked_of(child.id())?;
        Ok(Self {
            child,
            address,
            link,
            worked_s,
        })
    }

    /// Ends it as a power cut does.
    fn kill(mut self) -> Result<()> {
        self.child.kill().context("killing the server")?;
        self.child.wait().context("waiting for its end")?;
        Ok(())
    }

    /// Ends it; what was driven, with what it cost.
    fn stop(mut self, mut driven: Value) -> Result<Value> {
        let worked_s = worked_of(self.child.id())? - self.worked_s;
        let requests = driven["requests"].as_f64().context("nothing was asked")?;
        driven["cpu_us"] = json!(worked_s * 1e6 / requests);
        driven["rss_bytes"] = json!(peak_bytes(self.child.id())?);
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).context("ending what answers")?;
        let ended = self.child.wait().context("waiting for its end")?;
        ensure!(
            driven["p50_ms"].is_number(),
            "nothing was measured; it ended with {ended}"
        );
        Ok(driven)
    }
}

/// Waits for one whole answer.
fn answer_of(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address).context("reaching the server")?;
    let ask = "GET /sign-in HTTP/1.1\r\nhost: load\r\nconnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).context("asking it")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("its answer")?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "it answered: {answer}");
    Ok(())
}

/// The most memory that a process ever had, in bytes.
fn peak_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("its status")?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("no peak of memory")? * 1024)
}

fn plain(path: &Path) -> Result<&str> {
    path.to_str().context("the target folder has a plain name")
}

fn parsed(said: &str) -> Result<Value> {
    serde_json::from_str(said).with_context(|| format!("this is no JSON: {said}"))
}

fn rate(case: &Value) -> f64 {
    let of = |name: &str| case[name].as_f64().unwrap_or(f64::NAN);
    of("requests") / of("seconds")
}

fn told(name: &str, case: &Value) {
    let figure = |name: &str, digits: usize| match case[name].as_f64() {
        Some(it) => format!("{it:>9.digits$}"),
        None => format!("{:>9}", "–"),
    };
    println!(
        "  {name:<34} {:>9.0} {} {} {}",
        rate(case),
        figure("p50_ms", 2),
        figure("p99_ms", 2),
        figure("cpu_us", 0)
    );
}

fn check(measured: &Value) -> Result<()> {
    let (ratios, cases) = (&measured["ratios"], &measured["cases"]);
    let least = [
        ("heartbeat_vs_limit", AIM_LIMIT),
        ("checkout_vs_limit", AIM_LIMIT),
        ("heartbeat_vs_naive", AIM_NAIVE),
        ("checkout_vs_naive", AIM_NAIVE),
    ]
    .map(|(name, aim)| (name, &ratios[name], aim));
    let most = [
        ("rss_bytes", &cases["heartbeats"]["rss_bytes"], AIM_RSS),
        (
            "heartbeat_row_bytes",
            &measured["heartbeat_row_bytes"],
            AIM_ROW_BYTES,
        ),
        (
            "start_after_kill_s",
            &measured["start_after_kill_s"],
            AIM_START_S,
        ),
    ]
    .into_iter()
    .chain(AIM_PAGES_MS.map(|(name, aim)| (name, &cases[name]["p50_ms"], aim)));
    let too_little = least
        .into_iter()
        .filter(|(_, it, aim)| it.as_f64().is_none_or(|it| it < *aim))
        .map(|(name, it, aim)| format!("{name} is {it}, and {aim} is the least"));
    let too_much = most
        .filter(|(_, it, aim)| it.as_f64().is_none_or(|it| it > *aim))
        .map(|(name, it, aim)| format!("{name} is {it}, and {aim} is the most"));
    let missed: Vec<String> = too_little.chain(too_much).collect();
    if missed.is_empty() {
        return Ok(());
    }
    bail!("missed: {}", missed.join("; "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    fn measured(heartbeat: f64) -> Value {
        json!({
            "ratios": {
                "heartbeat_vs_limit": heartbeat,
                "checkout_vs_limit": 0.5,
                "heartbeat_vs_naive": 5.0,
                "checkout_vs_naive": 5.0,
            },
            "heartbeat_row_bytes": 25,
            "start_after_kill_s": 0.1,
            "cases": {
                "heartbeats": { "rss_bytes": 1 << 20 },
                "page_100": { "p50_ms": 1.0 },
                "page_100000": { "p50_ms": 2.0 },
            },
        })
    }

    #[test]
    fn no_more_is_asked_than_there_are_tablets_to_lend() {
        assert_eq!(parse(&[]).unwrap().unwrap().clients, 64);
        assert!(parse(&["--tablets", "10", "--requests", "21", "--clients", "1"]).is_err());
        assert!(parse(&["--clients", "0"]).is_err());
        assert!(parse(&["--requests", "many"]).is_err());
    }

    #[test]
    fn a_ratio_that_is_missed_is_named() {
        assert!(check(&measured(0.5)).is_ok());
        let why = check(&measured(0.49)).unwrap_err().to_string();
        assert!(
            why.contains("heartbeat_vs_limit is 0.49, and 0.5 is the least"),
            "{why}"
        );
        assert!(check(&json!({})).is_err());
        let mut slow = measured(0.5);
        slow["cases"]["page_100"]["p50_ms"] = json!(1.1);
        let why = check(&slow).unwrap_err().to_string();
        assert!(why.contains("page_100 is 1.1, and 1 is the most"), "{why}");
    }

    #[test]
    fn a_process_had_some_memory_at_its_peak() {
        assert!(peak_bytes(std::process::id()).unwrap() > 1 << 20);
    }
}
