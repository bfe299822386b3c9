//! A program of the tablet's vendor that resets the home. It is told the order on its
//! standard input as JSON and may tell what it did; whatever it says, the home is read
//! again afterwards, and that alone decides.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::{
    ids::{OrderId, TabletId},
    image::ImageId,
};

use super::programs::answered;

/// What the program is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<'a> {
    /// The order.
    pub order: OrderId,
    /// The tablet.
    pub tablet: TabletId,
    /// The stretch of the tablet's life that ends.
    pub epoch: u32,
    /// The image that the home is to become.
    pub image: ImageId,
    /// Where the home is.
    pub home: &'a str,
    /// Where manifests and blobs of images are.
    pub images: &'a str,
}

/// What it may tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Paths that it deleted.
    pub deleted: u64,
    /// Paths that it restored.
    pub restored: u64,
}

/// Has the program do it.
///
/// # Errors
/// It cannot be started, does not end well or in its time, or tells something that is no
/// report.
pub fn call(words: &[String], told: &Told, within: Duration) -> Result<Report> {
    let (program, words) = words.split_first().context("there is no program to run")?;
    let said = answered(program, words, &serde_json::to_vec(told)?, within)?;
    if said.trim_ascii().is_empty() {
        return Ok(Report::default());
    }
    serde_json::from_slice(&said).with_context(|| format!("{program} told no report"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use shared::digest::Digest;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    const fn told() -> Told<'static> {
        Told {
            order: OrderId::from_bytes([1; 16]),
            tablet: TabletId::from_bytes([2; 16]),
            epoch: 3,
            image: ImageId(Digest::from_bytes([4; 32])),
            home: "/home/borrower",
            images: "/var/lib/tablet-agent",
        }
    }

    fn called(script: &str) -> Result<Report> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        call(&words, &told(), LONG)
    }

    #[test]
    fn the_program_is_told_the_order_and_tells_what_it_did() {
        let script = r#"/bin/grep -q '"epoch":3' && echo '{"deleted":2,"more":true}'"#;
        let expected = Report {
            deleted: 2,
            restored: 0,
        };
        assert_eq!(called(script).unwrap(), expected);
        assert_eq!(called("true").unwrap(), Report::default());
    }

    #[test]
    fn one_that_does_not_end_well_or_tells_something_else_is_not_believed() {
        for script in ["exit 1", "echo all is well", "kill -9 $$"] {
            assert!(called(script).is_err(), "{script}");
        }
        assert!(call(&[], &told(), LONG).is_err());
    }
}
