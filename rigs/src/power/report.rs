//! What a run prints: how far it is, and at its end what was tried and found.

use std::{fmt, time::Duration};

use super::{
    run::{Broken, Options, Progress, Report},
    tally::Tally,
};

/// Violations that are shown; whoever mends one runs again.
const SHOWN_MAX: usize = 3;

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            images,
            stories,
            violations,
            ..
        } = self.tally;
        write!(
            f,
            "{:>9} images of {:>4} stories   {violations} violations   {}",
            grouped(images),
            grouped(stories),
            spoken(self.since)
        )
    }
}

/// The closing words of a run.
pub fn closing(options: Options, report: &Report, took: Duration) -> String {
    let shown = report.broken.iter().take(SHOWN_MAX);
    let shown: String = shown
        .map(|(seed, broken)| violation(options, *seed, broken))
        .collect();
    let more = report.broken.len().saturating_sub(SHOWN_MAX);
    let more = (more > 0).then(|| format!("  … and in {more} more stories\n"));
    format!(
        "{shown}{}{}{} violations",
        more.unwrap_or_default(),
        summary(options, &report.tally, took),
        grouped(report.tally.violations)
    )
}

fn violation(options: Options, seed: u64, broken: &Broken) -> String {
    let Broken {
        scene,
        images,
        found,
    } = broken;
    let normal = if options.normal { " --normal" } else { "" };
    format!(
        "\nVIOLATION  {scene}, seed {seed}\n  {}\n  {}\n  \
         again: cargo xtask powercut --images {images} --seed {seed}{normal}\n",
        found.place, found.violation
    )
}

fn summary(options: Options, tally: &Tally, took: Duration) -> String {
    let last = u64::try_from(tally.stories.saturating_sub(1)).unwrap_or(u64::MAX);
    let last = options.seed.wrapping_add(last);
    let during = &tally.during;
    let refused = &tally.refused;
    let rows = [
        (
            "images",
            tally.images,
            "opened by the programs' own code, and checked",
        ),
        (
            "  in an act",
            during.act,
            "a batch, a fact, an answer, rows",
        ),
        (
            "  in a migration",
            during.migration,
            "tables made or brought up to date",
        ),
        (
            "  in a recovery",
            during.recovery,
            "a second cut, while the first was made good",
        ),
        (
            "  otherwise",
            during.rest,
            "opening, rebuilding rows from the log, closing",
        ),
        ("  torn", tally.torn, "of all: some write was kept in part"),
        (
            "  reordered",
            tally.reordered,
            "of all: something lost before something kept",
        ),
        (
            "  in a checkpoint",
            tally.checkpoint,
            "of all: pages on their way into the database",
        ),
        (
            "disk full",
            refused.full,
            "faults injected while the store was at work",
        ),
        ("write failed", refused.writes, ""),
        ("sync failed", refused.syncs, ""),
        ("acts", tally.acts, "acknowledged"),
        ("operations", tally.operations, "on their disks"),
    ];
    let rows = rows.map(|(what, count, why)| {
        format!("{what:<18}{:>11}  {why}", grouped(count))
            .trim_end()
            .to_owned()
            + "\n"
    });
    format!(
        "\n{}stories           {:>11}  seeds {} to {last}\ntime              {:>11}\n\n",
        rows.concat(),
        grouped(tally.stories),
        options.seed,
        spoken(took)
    )
}

/// 1234567 as 1,234,567.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(spoken(Duration::from_secs(312)), "5 min 12 s");
    }

    #[test]
    fn a_run_without_a_violation_says_so_last() {
        let options = Options {
            images: 1,
            seed: 7,
            normal: false,
        };
        let words = closing(options, &Report::default(), Duration::ZERO);
        assert!(words.ends_with("\n0 violations"), "{words}");
        assert!(words.contains("seeds 7 to 7"), "{words}");
    }
}
