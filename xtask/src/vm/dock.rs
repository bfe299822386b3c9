//! A tablet on its charger: how soon its reset begins once it was ordered.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::tablet::Tablet;

/// So soon it should begin.
pub const LIMIT: Duration = Duration::from_secs(3);

/// A battery that charges, where the kernel of this machine has none. What `run` sees of
/// the kernel's files is decided as it starts.
const CHARGES: &str = "mkdir -p /run/supplies/bat && cd /run/supplies/bat && \
    echo Battery > type && echo Charging > status && echo 80 > capacity && \
    mount --bind /run/supplies /sys/class/power_supply && \
    systemctl restart tablet-agent.service";

/// Puts it on its charger.
pub fn dock(tablet: &mut Tablet) -> Result<()> {
    tablet.does(CHARGES).map(drop)
}

/// The tablet's own monotonic clock beside ours.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// Ours, after it was asked.
    ours: Instant,
    /// What it said.
    its: Duration,
}

/// Looks at both clocks.
pub fn clocks(tablet: &mut Tablet) -> Result<Clocks> {
    let said = tablet.does("cut -d' ' -f1 /proc/uptime")?;
    let ours = Instant::now();
    let its = Duration::from_secs_f64(said.parse().context("an uptime is a number")?);
    Ok(Clocks { ours, its })
}

/// How long it took at most from the order to the start of `reset` on the tablet.
#[derive(Clone, Copy, Debug)]
pub struct Began(pub Duration);

impl Began {
    /// By when systemd started the unit last.
    pub fn since(ordered: Instant, clocks: Clocks, tablet: &mut Tablet) -> Result<Self> {
        let property = "ExecMainStartTimestampMonotonic";
        let asked = format!("systemctl show --property {property} --value tablet-reset.service");
        let micros = tablet.does(&asked)?.parse();
        let began = Duration::from_micros(micros.context("a time is a number")?);
        let since = began.checked_sub(clocks.its);
        let by_ours = clocks.ours + since.context("no reset began since it was ordered")?;
        Ok(Self(by_ours.saturating_duration_since(ordered)))
    }
}

impl fmt::Display for Began {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_kept = if self.0 <= LIMIT { "kept" } else { "NOT kept" };
        write!(
            f,
            "docked, from the operator's return to the start of the reset: at most {:.2} s (limit {} s: \
             {is_kept}; a machine without help of the processor)",
            self.0.as_secs_f32(),
            LIMIT.as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_said_as_kept_or_not() {
        assert!(
            Began(Duration::from_millis(2_900))
                .to_string()
                .contains("3 s: kept")
        );
        assert!(
            Began(Duration::from_millis(3_100))
                .to_string()
                .contains("NOT kept")
        );
    }
}
