//! What an audit could be at best on this machine, and the log to try it on: fills
//! a demo's folder with realistic entries, then times one pass of SHA-256 over their
//! bytes in memory and one `SELECT` of the same bytes without hashing.
//! `cargo xtask bench audit` runs it beside the program itself.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, Transaction, params};
use shared::{digest::Digest, event::Recorded, wire::v1::event};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fill", folder, entries] => fill(&database(folder), entries.parse()?),
        ["limits", folder] => limits(&database(folder)),
        _ => bail!("say `fill FOLDER ENTRIES` or `limits FOLDER`"),
    }
}

fn database(folder: &str) -> PathBuf {
    Path::new(folder).join("library.db")
}

/// Goes on with the log as it stands: the same facts, told again and again, each at
/// its own place and chained to the one before.
fn fill(path: &Path, entries: u64) -> Result<()> {
    let mut connection = Connection::open(path)?;
    // A made-up log need not survive a power cut.
    connection.execute_batch("PRAGMA synchronous = OFF")?;
    let all = connection.transaction()?;
    let (facts, mut link) = facts(&all)?;
    let next = u64::try_from(facts.len())? + 1;
    for (seq, fact) in (next..=entries).zip(facts.iter().cycle()) {
        link = append(&all, seq, fact, &link)?;
    }
    all.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn facts(all: &Transaction<'_>) -> Result<(Vec<Recorded>, Digest)> {
    let mut rows = all.prepare("SELECT bytes, hash FROM log ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let (mut facts, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get("bytes")?;
        facts.push(event::from_bytes(&bytes)?);
        last = Some(Digest::from_bytes(row.get("hash")?));
    }
    Ok((facts, last.context("the folder's log is empty")?))
}

fn append(all: &Transaction<'_>, seq: u64, fact: &Recorded, before: &Digest) -> Result<Digest> {
    let bytes = event::to_bytes(&Recorded {
        server_seq: seq,
        ..fact.clone()
    });
    let link = Digest::of_parts(&[before.as_bytes(), &bytes]);
    all.prepare_cached("INSERT INTO log (seq, bytes, hash) VALUES (?1, ?2, ?3)")?
        .execute(params![seq.cast_signed(), bytes, link.as_bytes()])?;
    Ok(link)
}

/// Both limits as one line of JSON.
fn limits(path: &Path) -> Result<()> {
    let (select, entries) = timed(|| select(path))?;
    let log = in_memory(path)?;
    let bytes: usize = log.iter().map(Vec::len).sum();
    let (hash, _) = timed(|| Ok(black_box(chain(&log))))?;
    println!(
        "{{\"entries\":{entries},\"bytes\":{bytes},\"hash_s\":{},\"select_s\":{}}}",
        hash.as_secs_f64(),
        select.as_secs_f64()
    );
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let started = Instant::now();
    let done = work()?;
    Ok((started.elapsed(), done))
}

/// Every column that an audit needs, read and let go.
fn select(path: &Path) -> Result<u64> {
    let connection = Connection::open(path)?;
    let mut rows = connection.prepare("SELECT seq, bytes, hash FROM log ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let mut entries = 0;
    while let Some(row) = rows.next()? {
        black_box((
            row.get::<_, i64>(0)?,
            row.get_ref(1)?.as_blob()?,
            row.get_ref(2)?.as_blob()?,
        ));
        entries += 1;
    }
    Ok(entries)
}

fn in_memory(path: &Path) -> Result<Vec<Vec<u8>>> {
    let connection = Connection::open(path)?;
    let mut rows = connection.prepare("SELECT bytes FROM log ORDER BY seq")?;
    let all = rows.query_map([], |row| row.get(0))?;
    Ok(all.collect::<Result<_, _>>()?)
}

fn chain(log: &[Vec<u8>]) -> Digest {
    let first = Digest::from_bytes([0; 32]);
    log.iter().fold(first, |before, bytes| {
        Digest::of_parts(&[before.as_bytes(), bytes])
    })
}
