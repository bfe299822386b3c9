//! What the eye has still to tell. Never more than one sight (a newer one
//! replaces it) and one change of the camera waits, so a slow reader of the
//! news costs nothing but old sights.

use std::sync::mpsc::{SyncSender, TrySendError};

use super::eye::News;

/// The reader of the news went away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gone;

pub(super) struct Outbox<T> {
    to: SyncSender<T>,
    wrap: fn(News) -> T,
    change: Option<T>,
    sight: Option<T>,
}

impl<T> Outbox<T> {
    pub fn new(to: SyncSender<T>, wrap: fn(News) -> T) -> Self {
        Self {
            to,
            wrap,
            change: None,
            sight: None,
        }
    }

    /// Takes news and delivers what can be delivered without waiting.
    pub fn put(&mut self, news: News) -> Result<(), Gone> {
        match news {
            News::Seen(_) => self.sight = Some((self.wrap)(news)),
            News::Lost(_) | News::Found => {
                // A sight from before the change must not be told after it.
                self.sight = None;
                self.change = Some((self.wrap)(news));
            }
        }
        self.deliver()
    }

    /// Delivers what waits, a change before a sight.
    pub fn deliver(&mut self) -> Result<(), Gone> {
        for slot in [&mut self.change, &mut self.sight] {
            let Some(news) = slot.take() else {
                continue;
            };
            match self.to.try_send(news) {
                Ok(()) => {}
                Err(TrySendError::Full(news)) => {
                    *slot = Some(news);
                    return Ok(());
                }
                Err(TrySendError::Disconnected(_)) => return Err(Gone),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use std::sync::mpsc::sync_channel;

    use crate::camera::eye::Seen;
    use crate::frame::Luma;
    use crate::reader::Sight;

    use super::*;

    fn seen(at_ms: u64) -> News {
        let preview = Luma::new(1, 1, vec![0]).unwrap();
        let sight = Sight::Nothing;
        News::Seen(Seen {
            at_ms,
            preview,
            sight,
        })
    }

    fn name(news: News) -> String {
        match news {
            News::Seen(seen) => format!("seen {}", seen.at_ms),
            News::Lost(_) => "lost".to_owned(),
            News::Found => "found".to_owned(),
        }
    }

    #[test]
    fn the_newest_sight_wins_when_nobody_reads() {
        let (to, from) = sync_channel(1);
        let mut outbox = Outbox::new(to, name);
        for at_ms in 1..=9 {
            outbox.put(seen(at_ms)).unwrap();
        }
        assert_eq!(from.recv().unwrap(), "seen 1");
        outbox.deliver().unwrap();
        assert_eq!(from.recv().unwrap(), "seen 9");
        assert!(from.try_recv().is_err());
    }

    #[test]
    fn a_change_is_told_before_newer_sights_and_never_dropped() {
        let (to, from) = sync_channel(1);
        let mut outbox = Outbox::new(to, name);
        outbox.put(seen(1)).unwrap();
        outbox.put(News::Lost("unplugged".to_owned())).unwrap();
        outbox.put(News::Found).unwrap();
        outbox.put(seen(2)).unwrap();
        let mut told = Vec::new();
        while let Ok(news) = from.try_recv() {
            told.push(news);
            outbox.deliver().unwrap();
        }
        assert_eq!(told, ["seen 1", "found", "seen 2"]);
    }

    #[test]
    fn a_reader_that_went_away_is_noticed() {
        let (to, from) = sync_channel(1);
        drop(from);
        assert_eq!(Outbox::new(to, name).put(seen(1)), Err(Gone));
    }
}
