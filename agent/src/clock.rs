//! The program's one clock. Orders expire by the monotonic clock, which goes on
//! while the tablet sleeps; the wall clock is advisory.

use std::{
    fs, io,
    time::{SystemTime, UNIX_EPOCH},
};

use data_encoding::HEXLOWER;
use rustix::{
    fs::Stat,
    time::{ClockId, clock_gettime},
};
use shared::{ids::BootId, time::Moment};

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The machine's clocks, within one start of its kernel.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    boot: BootId,
}

impl Clock {
    /// The clock of this machine.
    pub fn system() -> io::Result<Self> {
        let text = fs::read_to_string(BOOT_ID)?.trim().replace('-', "");
        let boot = HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(BootId::from_bytes)
            .ok_or_else(|| io::Error::other(format!("{BOOT_ID} holds no id")))?;
        Ok(Self { boot })
    }

    /// The start of the kernel in which the monotonic clock counts.
    pub const fn boot(&self) -> BootId {
        self.boot
    }

    /// Milliseconds since the kernel started, sleep included.
    pub fn monotonic_ms(&self) -> u64 {
        let now = clock_gettime(ClockId::Boottime);
        let (seconds, nanos) = (now.tv_sec, now.tv_nsec);
        u64::try_from(seconds).unwrap_or(0) * 1000 + u64::try_from(nanos).unwrap_or(0) / 1_000_000
    }

    /// What the wall clock says.
    pub fn wall(&self) -> Moment {
        moment(SystemTime::now())
    }
}

/// What a file system notes as the time of a change that is made right now.
pub fn change() -> Moment {
    let now = clock_gettime(ClockId::RealtimeCoarse);
    moment_of(now.tv_sec, now.tv_nsec)
}

/// When a file was changed last, be it only its name or its owner. Whoever it belongs to
/// cannot choose that.
pub fn changed(file: &Stat) -> Moment {
    let nanos = i64::try_from(file.st_ctime_nsec).unwrap_or(0);
    moment_of(file.st_ctime, nanos)
}

fn moment_of(seconds: i64, nanos: i64) -> Moment {
    Moment::from_ms(seconds.saturating_mul(1000)).plus_ms(nanos / 1_000_000)
}

/// A file's time as an instant; times before 1970 become 1970.
pub fn moment(time: SystemTime) -> Moment {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
