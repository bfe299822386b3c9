//! The store as the threads see it: taken for one verb, never held over a call,
//! and gone once the kiosk stops.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Stopped;
use crate::store::{Fault, Store};

#[derive(Clone)]
pub(super) struct Desk(Weak<Mutex<Store>>);

impl Desk {
    pub fn new(store: &Arc<Mutex<Store>>) -> Self {
        Self(Arc::downgrade(store))
    }

    /// Runs one verb. A fault is logged; `None` says that there was one.
    pub fn ask<R>(
        &self,
        verb: impl FnOnce(&mut Store) -> Result<R, Fault>,
    ) -> Result<Option<R>, Stopped> {
        let store = self.0.upgrade().ok_or(Stopped)?;
        // Every verb is one transaction: a panic leaves none half done.
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        match verb(&mut store) {
            Ok(done) => Ok(Some(done)),
            Err(fault) => {
                tracing::error!("{:#}", anyhow::Error::new(fault));
                Ok(None)
            }
        }
    }
}
