//! `serve`: answers until asked to end. `demo-fill`: makes a demo's folder.

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use lang::{Arg, Catalogue, Key};
use shared::tag::TagHost;
use tracing_subscriber::EnvFilter;

use super::{
    Data, house,
    house::{House, Kind},
    image, no,
};
use crate::{
    config::{Config, ManagedAccess},
    demo,
    http::{App, app::Pace},
    keys_in_use::KeysInUse,
    routes,
    store::Readers,
    writer::{BATCH_MAX, Writer},
};

/// The host in every tag where nothing else is said.
pub(super) const TAG_HOST: &str = "TABLETS.WIGAN";

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    data: Data,
    /// Where to listen.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// What people and programs call the server by, for example `https://tablets.example.org`.
    #[arg(long, value_name = "URL", default_value = "")]
    public_url: String,
    /// What every tag begins with: 1 to 16 capitals, digits, dots and hyphens.
    #[arg(long, value_name = "HOST", default_value = TAG_HOST)]
    tag_host: TagHost,
    /// Serve a demo's folder: made-up people, and folders that play tablets.
    #[arg(long)]
    demo: bool,
    /// Allow other machines to reach the server directly: only with a proxy in front
    /// that speaks HTTPS.
    #[arg(long)]
    behind_tls_proxy: bool,
    /// Whom the screen of a lost tablet asks to ring: a telephone number.
    #[arg(long, value_name = "NUMBER", default_value = "")]
    lost_call: String,
    /// The device manager that resets tablets without an agent: where the Android
    /// Management API begins.
    #[arg(long, value_name = "URL", requires = "manager_token")]
    manager_url: Option<String>,
    /// At most so many writes are stored together; for measurements.
    #[arg(long, value_name = "N", default_value_t = BATCH_MAX, hide = true)]
    max_batch: usize,
    /// The file that holds the access token for it; it is read anew each time.
    #[arg(long, value_name = "FILE", requires = "manager_url")]
    manager_token: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        if !self.listen.ip().is_loopback() && !self.behind_tls_proxy {
            return Err(no(format!(
                "{} can be reached from other machines, and this server speaks plain HTTP: names \
                 and sign-in links could be read on the way. Listen on 127.0.0.1, or put a proxy \
                 that speaks HTTPS in front and say --behind-tls-proxy.",
                self.listen
            )));
        }
        log();
        let kind = if self.demo { Kind::Demo } else { Kind::Library };
        let house = house::open_as(self.data.folder(), kind)?;
        self.answer(house)
    }

    fn answer(self, house: House) -> Result<()> {
        let House {
            folder,
            kind,
            keys,
            mut settings,
            store,
        } = house;
        if kind == Kind::Library && keys.recovery().is_some() {
            tracing::warn!("the recovery key is still on this machine: `keys recovery --help`");
        }
        settings.policy.lost_message = lost_message(&self.lost_call);
        let store = store.deciding_by(settings.clone());
        let readers = Readers::new(folder.database(), settings);
        let writer = Writer::start_storing(store, self.max_batch)?;
        let manager = self.manager_url.zip(self.manager_token);
        let manager = manager.map(|(url, token_file)| ManagedAccess {
            url: url.trim_end_matches('/').to_owned(),
            token_file,
        });
        let config = Config {
            manager,
            keys: KeysInUse::new(folder.server_key(), keys),
            folder,
            listen: self.listen,
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            tag_host: self.tag_host,
            demo: kind == Kind::Demo,
        };
        let pace = if config.demo {
            Pace::demo()
        } else {
            Pace::default()
        };
        let app = App::new(config, pace, readers, writer.handle());
        let runtime = tokio::runtime::Runtime::new().context("starting the server's threads")?;
        let served = runtime.block_on(routes::serve(app, self.listen));
        // Whoever still waits is answered before the database is closed.
        writer.stop()?;
        served.with_context(|| format!("serving on {}", self.listen))
    }
}

/// What the screen of a lost tablet says.
fn lost_message(call: &str) -> String {
    let catalogue = Catalogue::english();
    match call.trim() {
        "" => catalogue.say(Key::LostMessage),
        call => catalogue.text(Key::LostMessageCall, &[("call", Arg::Text(call))]),
    }
}

/// Log lines go to standard error; `RUST_LOG` says how many.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

#[derive(Debug, Args)]
pub(super) struct DemoFill {
    #[command(flatten)]
    data: Data,
    /// How many tablets to make up: WGN-004 and on; the first three numbers are for
    /// agents that really run.
    #[arg(long, default_value_t = 97)]
    tablets: u16,
    /// The image that they are reset to.
    #[arg(long, value_name = "DIR", default_value = "images/2026.1")]
    image: PathBuf,
    /// The same number makes the same fleet.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

impl DemoFill {
    pub(super) fn run(self) -> Result<()> {
        let mut house = house::open_as(self.data.folder(), Kind::Demo)?;
        if !house.store.read().venues()?.is_empty() {
            return Err(no(format!(
                "{} is filled already. Take another folder, or delete it first.",
                house.folder.path().display()
            )));
        }
        image::release(&mut house, &self.image)?;
        let filled = demo::fill(
            &mut house.store,
            self.tablets,
            self.seed,
            crate::clock::now(),
        )?;
        let badge = house.folder.path().join("demo-badge.txt");
        house::write_whole(&badge, filled.badge.text().as_bytes())?;
        println!("{} tablets at {} venues", filled.tablets, filled.venues);
        println!("the badge of Demo Librarian: {}", badge.display());
        println!("the card of Demo B.: {}", demo::CARD);
        Ok(())
    }
}
