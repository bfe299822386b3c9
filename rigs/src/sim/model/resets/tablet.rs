//! One tablet, as far as its resets go.

use shared::{digest::Digest, ids::OrderId, time::Moment};

/// Whether a tablet is clean, as far as the log goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clean {
    #[default]
    Dirty,
    Ordered(OrderId),
    Proven,
    Failed,
}

/// Where a lost tablet is. Only a hand at a venue finds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lost {
    /// It is not lost.
    #[default]
    No,
    /// Nobody knows.
    Away,
    /// Its sticker was seen at a venue.
    Seen,
}

#[derive(Clone, Debug, Default)]
pub struct Tablet {
    pub clean: Clean,
    pub epoch: u32,
    pub counter: u64,
    pub tries: u8,
    pub withheld: bool,
    /// Facts about it contradict each other, until it is next seen.
    pub in_doubt: bool,
    /// Whether it is lost, until somebody surely has it in hand.
    pub lost: Lost,
    /// The last receipt that it signed.
    pub signed: Option<Digest>,
    /// When it last came back from a loan, until it is lent again or proven clean.
    pub came_back_at: Option<Moment>,
    /// Two people agreed on the order that it has.
    pub by_two: bool,
    /// The order that its agent began last.
    pub at_work: Option<OrderId>,
    /// The order that was on its way when a kiosk lent it without its server.
    pub on_its_way: Option<OrderId>,
}

impl Tablet {
    /// Another stretch of its life begins, dirty.
    pub const fn begins_anew(&mut self) {
        self.clean = Clean::Dirty;
        self.epoch += 1;
        self.tries = 0;
    }

    /// Seen at a venue while it is lost: it waits there for a hand.
    pub fn seen_while_lost(&mut self) {
        if self.lost != Lost::No {
            self.lost = Lost::Seen;
            self.begins_anew();
        }
    }

    /// What was clean is no longer known to be; what is to be reset is so still.
    pub const fn may_be_used(&mut self) {
        match self.clean {
            Clean::Dirty | Clean::Ordered(_) => {}
            Clean::Failed if self.withheld => {}
            Clean::Proven | Clean::Failed => self.begins_anew(),
        }
    }
}
