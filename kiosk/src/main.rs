//! The kiosk's program: does what was typed.

use std::{
    env,
    io::{IsTerminal, Write, stdout},
    process::ExitCode,
    sync::mpsc::{SyncSender, TrySendError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Parser;
use kiosk::{
    cli::{Cli, Command, Enrol, Run},
    driver::{Driver, Face, News, channel},
    enrol::enrol,
    store::{Heads, Identity, Store},
    sync::Timing,
    ui::Window,
};
use tracing_subscriber::EnvFilter;

/// How long enrolling may wait for the server.
const ENROL_TIME: Duration = Duration::from_secs(15);

/// Something that is not there; the person who started the program can put it right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Missing(String);

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match act(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("tablet-kiosk: {fault:#}");
            ExitCode::from(if fault.is::<Missing>() { 2 } else { 1 })
        }
    }
}

fn act(command: Command) -> Result<()> {
    match command {
        Command::Enrol(words) => give_identity(&words),
        Command::Run(words) => stand(&words),
        Command::Heads(words) => print_heads(&words),
        #[cfg(feature = "play")]
        Command::MakeClip(words) => make_clip(words),
    }
}

fn give_identity(words: &Enrol) -> Result<()> {
    let mut store = Store::open(&words.data)?;
    let Enrol {
        server,
        code,
        fingerprint,
        ..
    } = words;
    let identity = enrol(&mut store, server, code, fingerprint, ENROL_TIME)?;
    let (kiosk, venue) = (identity.kiosk, &identity.place.venue_name);
    println!("kiosk enrolled: {kiosk} at {venue}");
    Ok(())
}

/// Heads alone on standard output, so that another program can take them; what is to
/// be said about them beside it.
fn print_heads(words: &kiosk::cli::Heads) -> Result<()> {
    let data = &words.data;
    if !data.join("kiosk.db").exists() {
        let why = format!("no kiosk keeps its things in {}", data.display());
        return Err(Missing(why).into());
    }
    let heads = Heads::of(data).with_context(|| format!("reading {}", data.display()))?;
    for (head, noted_on, denied_on) in &heads.denied {
        println!("{head}");
        eprintln!("noted on {noted_on}, and not in the server's log on {denied_on}: {head}");
    }
    for head in &heads.kept {
        println!("{head}");
    }
    Ok(())
}

fn stand(words: &Run) -> Result<()> {
    let in_window = !is_headless(words);
    if in_window {
        need_display()?;
    }
    let (store, identity) = enrolled(words)?;
    let (to, inbox) = channel();
    stop_when_asked(to.clone())?;
    let mut faces = played(words, &to)?;
    let window = in_window.then(|| open_window(words, &to)).transpose()?;
    faces.extend(
        window
            .as_ref()
            .map(|window| Box::new(window.handle()) as Box<dyn Face>),
    );
    let ends = (to.clone(), inbox);
    let driver = Driver::start(
        store,
        &identity,
        words.camera.clone(),
        Timing::default(),
        ends,
        faces,
    )?;
    match window {
        None => driver.run(say_ready),
        Some(window) => beside(&window, driver, &to),
    }
}

/// The window must stay on the program's first thread, so the driver gets another.
fn beside(window: &Window, driver: Driver, to: &SyncSender<News>) -> Result<()> {
    let driver = thread::Builder::new()
        .name("driver".to_owned())
        .spawn(move || driver.run(say_ready))
        .context("starting the driver")?;
    window.run()?;
    // It may have ended by itself, and closed the window.
    if to.send(News::Stop).is_err() {
        tracing::debug!("the driver ended before the window");
    }
    driver
        .join()
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the driver ended by a panic")))
}

fn say_ready() -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "kiosk ready").and_then(|()| out.flush())?;
    Ok(())
}

fn enrolled(words: &Run) -> Result<(Store, Identity)> {
    let store = Store::open(&words.data)?;
    let identity = store.identity()?.ok_or_else(|| {
        let data = words.data.display();
        Missing(format!(
            "this kiosk is not enrolled. Type: tablet-kiosk enrol --data {data} --server URL --code CODE --fingerprint FP"
        ))
    })?;
    Ok((store, identity))
}

fn need_display() -> Result<()> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
        .into_iter()
        .any(is_set)
    {
        return Ok(());
    }
    let why = "there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set. Start it in a graphical session, or under `cage`";
    Err(Missing(why.to_owned()).into())
}

fn open_window(words: &Run, to: &SyncSender<News>) -> Result<Window> {
    let to = to.clone();
    let window = Window::new(move |touch| match to.try_send(News::Touched(touch)) {
        Ok(()) | Err(TrySendError::Disconnected(_)) => {}
        // Waiting here would freeze the window, which says that nothing happens.
        Err(TrySendError::Full(_)) => tracing::warn!("a touch came while too much was going on"),
    });
    let window = window.map_err(|why| Missing(why.to_string()))?;
    window.set_fullscreen(words.fullscreen);
    Ok(window)
}

fn stop_when_asked(to: SyncSender<News>) -> Result<()> {
    let stop = move || {
        if to.send(News::Stop).is_err() {
            tracing::debug!("the driver has ended");
        }
    };
    ctrlc::set_handler(stop).context("listening for Ctrl-C")
}

#[cfg(not(feature = "play"))]
const fn is_headless(_: &Run) -> bool {
    false
}

#[cfg(feature = "play")]
const fn is_headless(words: &Run) -> bool {
    words.door.headless
}

#[cfg(not(feature = "play"))]
#[expect(clippy::unnecessary_wraps, reason = "the test door may fail to open")]
fn played(_: &Run, _: &SyncSender<News>) -> Result<Vec<Box<dyn Face>>> {
    Ok(Vec::new())
}

#[cfg(feature = "play")]
fn played(words: &Run, to: &SyncSender<News>) -> Result<Vec<Box<dyn Face>>> {
    if !words.door.play {
        return Ok(Vec::new());
    }
    let (to, headless) = (to.clone(), words.door.headless);
    let listen = move || {
        kiosk::play::listen(std::io::stdin().lock(), &to);
        if headless && to.send(News::Stop).is_err() {
            tracing::debug!("the driver has ended");
        }
    };
    thread::Builder::new()
        .name("play".to_owned())
        .spawn(listen)?;
    Ok(vec![Box::new(kiosk::play::Printer)])
}

#[cfg(feature = "play")]
fn make_clip(words: kiosk::cli::MakeClip) -> Result<()> {
    let mut two = words.two.into_iter();
    let shelf = kiosk::play::Shelf {
        tablets: words.tag_text,
        two: two.next().zip(two.next()),
        torn: words.torn,
        seconds: words.seconds,
    };
    kiosk::play::make_clip(&words.out, &shelf)?;
    println!("{}", words.out.display());
    Ok(())
}
