//! The link that signs the digital team in: 128 random bits, good for 15 minutes
//! and for one use, kept only as its digest and only in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use shared::{digest::Digest, time::Moment};

/// How long a link can be used.
pub const LINK_VALID_MS: i64 = 15 * 60 * 1000;

/// Most links that may be open at once; the oldest gives way (R16).
const LINKS_MAX: usize = 16;

/// The links that were offered and not yet used.
#[derive(Debug, Default)]
pub struct Links(Mutex<Vec<Offer>>);

#[derive(Debug)]
struct Offer {
    token: Digest,
    ends_at: Moment,
}

impl Links {
    /// Offers a link; its token is returned once and kept nowhere.
    pub fn offer(&self, secret: [u8; 16], now: Moment) -> String {
        let token = HEXLOWER.encode(&secret);
        let mut offers = self.offers();
        if offers.len() == LINKS_MAX {
            offers.remove(0);
        }
        offers.push(Offer {
            token: Digest::of(token.as_bytes()),
            ends_at: now.plus_ms(LINK_VALID_MS),
        });
        token
    }

    /// Whether the link can still be used; looking uses nothing up.
    pub fn holds(&self, token: &str, now: Moment) -> bool {
        let token = Digest::of(token.as_bytes());
        let fits = |offer: &Offer| offer.token == token && now < offer.ends_at;
        self.offers().iter().any(fits)
    }

    /// Uses the link up: true once.
    pub fn take(&self, token: &str, now: Moment) -> bool {
        let token = Digest::of(token.as_bytes());
        let mut offers = self.offers();
        offers.retain(|offer| now < offer.ends_at);
        let before = offers.len();
        offers.retain(|offer| offer.token != token);
        offers.len() < before
    }

    // A list of digests has no half-made state that a panic could leave behind.
    fn offers(&self) -> MutexGuard<'_, Vec<Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_796_558_400_000;

    fn at(ms: i64) -> Moment {
        Moment::from_ms(NOON + ms)
    }

    #[test]
    fn a_link_works_once() {
        let links = Links::default();
        let token = links.offer([7; 16], at(0));
        assert!(links.holds(&token, at(1)) && links.holds(&token, at(2)));
        assert!(links.take(&token, at(3)));
        assert!(!links.take(&token, at(4)) && !links.holds(&token, at(4)));
    }

    #[test]
    fn a_link_works_for_fifteen_minutes() {
        let links = Links::default();
        let token = links.offer([7; 16], at(0));
        assert!(links.holds(&token, at(LINK_VALID_MS - 1)));
        assert!(!links.holds(&token, at(LINK_VALID_MS)));
        assert!(!links.take(&token, at(LINK_VALID_MS)));
    }

    #[test]
    fn a_made_up_link_does_not_work_and_uses_nothing_up() {
        let links = Links::default();
        let token = links.offer([7; 16], at(0));
        assert!(!links.take("07", at(1)) && !links.take("", at(1)));
        assert!(links.take(&token, at(2)));
    }

    #[test]
    fn the_oldest_of_too_many_links_gives_way() {
        let links = Links::default();
        let first = links.offer([0; 16], at(0));
        let others: Vec<_> = (1..=16).map(|n| links.offer([n; 16], at(0))).collect();
        assert!(!links.holds(&first, at(1)));
        assert!(others.iter().all(|token| links.holds(token, at(1))));
    }
}
