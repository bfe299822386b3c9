//! What every handler shares.

use std::sync::Arc;

use lang::Catalogue;
use shared::{
    keys::PublicKey,
    signed::{Document, Envelope},
};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use super::{
    Problem,
    rates::{Rate, Rates},
};
use crate::{
    auth::{sign_in::Links, stamp::Caller},
    config::Config,
    server_keys::ServerKeys,
    store::{Fault, Reader, Readers, Store},
    writer::{Handle, WriterError},
};

/// How often callers call, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A tablet with something to do.
    pub busy_ms: u64,
    /// A tablet with nothing to do.
    pub rest_ms: u64,
    /// Longest that an answer to a docked tablet or a kiosk is held back until
    /// there is news.
    pub hold_ms: u64,
}

impl Pace {
    /// A demo's: nobody watches a demo for a quarter of an hour, and its tablets
    /// are folders, which are never on a dock.
    pub const fn demo() -> Self {
        Self {
            busy_ms: 250,
            rest_ms: 1_000,
            hold_ms: HOLD_MS_MAX,
        }
    }
}

/// Most that read from the store at a time, or wait for their turn (R16).
const READS_MAX: usize = 256;

/// Longest that any answer may be held back: callers give up after that.
pub const HOLD_MS_MAX: u64 = 20_000;

impl Default for Pace {
    fn default() -> Self {
        Self {
            busy_ms: 1_000,
            rest_ms: 15 * 60 * 1_000,
            hold_ms: HOLD_MS_MAX,
        }
    }
}

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    pace: Pace,
    readers: Readers,
    writer: Handle,
    links: Links,
    rates: Rates<Caller>,
    reads: Arc<Semaphore>,
    catalogue: Catalogue,
    stop: watch::Sender<bool>,
}

impl App {
    /// Puts the parts together.
    pub fn new(config: Config, pace: Pace, readers: Readers, writer: Handle) -> Self {
        Self(Arc::new(Parts {
            config,
            pace,
            readers,
            writer,
            links: Links::default(),
            rates: Rates::default(),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            catalogue: Catalogue::english(),
            stop: watch::Sender::new(false),
        }))
    }

    /// Reads from the store, away from the threads that answer, unless too many read
    /// already.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(turn) = Arc::clone(&self.0.reads).try_acquire_owned() else {
            return Err(Problem::busy());
        };
        let readers = self.0.readers.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            readers.read(read)
        });
        match task.await {
            Ok(result) => Ok(result?),
            Err(error) => {
                tracing::error!("a read ended early: {error}");
                Err(Problem::fault())
            }
        }
    }

    /// Reads a row or two by their keys, at once and here: another thread would cost more
    /// than they do.
    pub fn glance<T>(&self, read: impl FnOnce(&Reader) -> Result<T, Fault>) -> Result<T, Problem> {
        Ok(self.0.readers.read(read)?)
    }

    /// Counts a call of somebody whose stamp was checked; whether they may call now (R16).
    pub fn may_call(&self, caller: Caller) -> bool {
        let rate = match caller {
            Caller::Tablet(_) => Rate::TABLET,
            Caller::Kiosk(_) => Rate::KIOSK,
        };
        self.0.rates.may_call(caller, rate, Instant::now())
    }

    /// The one way to change something.
    pub fn writer(&self) -> &Handle {
        &self.0.writer
    }

    /// Signs a document with the server's key.
    pub fn sign<D: Document>(&self, document: &D) -> Envelope {
        self.keys().sign(document)
    }

    /// The keys by which tablets know this server, all of one moment.
    pub fn keys(&self) -> Arc<ServerKeys> {
        self.0.config.keys.get()
    }

    /// Takes up the keys that `keys rotate` or `keys recover` put into their file since.
    /// The writer first: from then on it believes no word about a tablet that is signed
    /// with the key of before.
    pub async fn take_up_keys(&self) -> Result<(), WriterError> {
        let Some(changed) = self.0.config.keys.changed() else {
            return Ok(());
        };
        let key = changed.keys.public();
        let believe = move |store: &mut Store| {
            store.believe_vouchers_of(key);
            Ok(())
        };
        self.writer().run(believe).await?;
        self.0.config.keys.take_up(changed);
        tracing::info!("the key in use is now {}", key.fingerprint());
        Ok(())
    }

    /// The server's key in use, as everybody may know it.
    pub fn public_key(&self) -> PublicKey {
        self.keys().public()
    }

    /// How this server is set up.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether browsers reach it by HTTPS, so that cookies can ask for it.
    pub fn is_https(&self) -> bool {
        self.0.config.public_url.starts_with("https://")
    }

    /// How often callers call.
    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    /// The links that sign the digital team in.
    pub fn links(&self) -> &Links {
        &self.0.links
    }

    /// The words.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Becomes true when the server is asked to end: answers that are held back
    /// and streams end then.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stop.subscribe()
    }

    /// Ends what is held back.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }
}
