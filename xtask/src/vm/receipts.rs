//! The tablet's receipts, read where they are kept.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::tablet::Tablet;

const FOLDER: &str = "/var/lib/tablet-reset/receipts";

/// How many there are.
pub fn count(tablet: &mut Tablet) -> Result<usize> {
    let said = tablet.asked(&format!("ls {FOLDER} | grep -c 'json$'"))?;
    said.said.parse().context("a count is a number")
}

/// What the newest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The way of the reset.
    pub backend: String,
    technique: String,
    key_erased: bool,
    files: u64,
    ms: u64,
}

/// The newest, which says verified.
pub fn newest(tablet: &mut Tablet) -> Result<Receipt> {
    // The signed document lies in its envelope as base64.
    let said = tablet.does(&format!(
        "newest=$(ls {FOLDER}/*.json | tail -n 1) && \
         sed 's/.*\"payload\":\"\\([^\"]*\\)\".*/\\1/' $newest | base64 -d"
    ))?;
    read(&serde_json::from_str(&said).context("a receipt is JSON")?)
}

fn read(said: &Value) -> Result<Receipt> {
    let text = |name: &str| said[name].as_str().with_context(|| format!("no {name}"));
    let number = |name: &str| said[name].as_u64().with_context(|| format!("no {name}"));
    ensure!(
        said["outcome"]["kind"] == "verified",
        "the receipt says {}",
        said["outcome"]
    );
    Ok(Receipt {
        backend: text("backend")?.to_owned(),
        technique: text("technique")?.to_owned(),
        key_erased: said["key_erased"] == true,
        files: number("files_verified")?,
        ms: number("monotonic_ms")?,
    })
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.key_erased { ", key erased" } else { "" };
        write!(
            f,
            "by {}: {}; {} files read again, {:.2} s on the tablet's clock{key}",
            self.backend,
            self.technique,
            self.files,
            std::time::Duration::from_millis(self.ms).as_secs_f32()
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_receipt_that_says_verified_counts() {
        let mut said = json!({
            "outcome": { "kind": "verified" }, "backend": "overlay", "technique": "Clear",
            "key_erased": false, "files_verified": 7, "monotonic_ms": 1500,
        });
        let receipt = read(&said).unwrap().to_string();
        assert_eq!(
            receipt,
            "by overlay: Clear; 7 files read again, 1.50 s on the tablet's clock"
        );
        said["outcome"] = json!({ "kind": "failed", "why": "wipe" });
        assert!(read(&said).is_err());
    }
}
