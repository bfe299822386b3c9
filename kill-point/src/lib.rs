//! Named places between any two steps of a program, at which a test can have it
//! end itself with SIGKILL: no destructor runs, nothing is flushed.
//!
//! A program calls [`reached`] at each place. Only where the feature `armed` is on
//! and the variable `KILL_AT` names the place does anything happen; the programs
//! that ship are built without it.

/// The variable that names the place at which to end.
pub const VARIABLE: &str = "KILL_AT";

/// Ends this program here if the test asked for it.
#[cfg(feature = "armed")]
pub fn reached(place: &str) {
    if std::env::var(VARIABLE).is_ok_and(|asked| asked == place) {
        end(place);
    }
}

/// Does nothing: this program has no test doors.
#[cfg(not(feature = "armed"))]
pub const fn reached(_place: &str) {}

#[cfg(feature = "armed")]
fn end(place: &str) -> ! {
    eprintln!("kill point reached: {place}");
    let killed = rustix::process::kill_process(
        rustix::process::getpid(),
        rustix::process::Signal::KILL,
    );
    unreachable!("SIGKILL cannot be survived: {killed:?}")
}
