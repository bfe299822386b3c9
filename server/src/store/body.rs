//! What makes two commands with one id the same command: a keyed digest of all
//! that its caller said (R4). It holds where a kiosk said it, too, as the rows beside
//! it do: a fact that is told again elsewhere (R6) is compared at the old place.
//!
//! Keyed, because the log's loans are pseudonyms: whoever holds a stolen database
//! could else try every borrower against the digest of a check out, long after the
//! link to the person was forgotten. Written by hand and not by `Debug`, so that
//! the same request is the same after an update of the program.

use hmac::Mac as _;
use shared::{
    command::{
        Action, AnswerStillGotIt, AppointOperator, CatchUp, CheckOut, ClearFlag, CloseDispute,
        Command, EndTransfer, EndTry, EnrolAgent, EnrolKiosk, EnrolTablet, PlaceHold, PlanTrip,
        RecordReset, ReleaseImage, Relocate, ReportBack, Return, Send, SetFlag, SetKit, StartReset,
        TakeStock,
    },
    event::{Actor, Origin},
    ids::TabletId,
    kit::{Condition, Kit},
    tablet::{Flag, TabletKeys},
    trip::Errand,
    venue::Venue,
};

use super::{keyed, names::Named};

/// The keyed digest of a command.
pub(super) fn digest(command: &Command, data_key: &[u8; 32]) -> Vec<u8> {
    let mut fields = Fields(keyed::mac(data_key));
    fields.text("command.v1");
    fields.caller(command);
    fields.action(&command.action);
    fields.0.finalize().into_bytes().to_vec()
}

/// Fields with their lengths, so that no two commands run into one another.
struct Fields(keyed::Mac);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).expect("a length");
        self.0.update(&length.to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn say(&mut self, value: impl ToString + Copy) {
        self.text(&value.to_string());
    }

    fn option<T: ToString + Copy>(&mut self, value: Option<T>) {
        match value {
            Some(value) => self.say(value),
            None => self.text("-"),
        }
    }

    fn caller(&mut self, command: &Command) {
        match command.origin {
            Origin::Server => self.text("server"),
            Origin::Tablet(tablet) => self.say(tablet),
            Origin::Kiosk(kiosk) => {
                self.say(kiosk);
                // Only a kiosk says these itself; for others the server does, and
                // it says them anew at every try.
                self.option(command.origin_seq);
                self.say(command.occurred_at);
                self.say(command.clock_sure);
                self.say(command.seen);
                // As in every field that came later: what says nothing new is left
                // out, so that an old request is the same after an update.
                if command.series > 0 {
                    self.field("series", command.series);
                }
            }
        }
        match command.actor {
            Actor::Operator(operator) => self.say(operator),
            Actor::SelfService(kiosk) => self.say(kiosk),
            Actor::Tablet(tablet) => self.say(tablet),
            Actor::Server => self.text("server"),
        }
        self.option(command.venue);
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::OpenVenue(it) => self.venue("open-venue", it),
            Action::ChangeVenue(it) => self.venue("change-venue", it),
            Action::AppointOperator(it) => self.appoint_operator(it),
            Action::EnrolKiosk(it) => self.enrol_kiosk(it),
            Action::ReleaseImage(it) => self.release_image(it),
            Action::EnrolTablet(it) => self.enrol_tablet(it),
            Action::EnrolAgent(it) => self.enrol_agent(it),
            Action::SetKit(it) => self.set_kit(it),
            Action::RenewKeys(it) => self.field("renew-keys", it.tablet),
            Action::CheckOut(it) => self.check_out(it),
            Action::Renew(it) => self.field("renew", it.loan),
            Action::Return(it) => self.take_back(it),
            Action::HandOn(it) => self.field("hand-on", it.tablet),
            Action::Undo(it) => self.field("undo", it.command),
            Action::ReportBack(it) => self.report_back(it),
            Action::AnswerStillGotIt(it) => self.answer(it),
            Action::StartReset(it) => self.start_reset(it),
            Action::RecordReset(it) => self.record_reset(it),
            Action::EndTry(it) => self.end_try(it),
            Action::CatchUp(it) => self.catch_up(it),
            Action::SetFlag(it) => self.set_flag(it),
            Action::ClearFlag(it) => self.clear_flag(it),
            Action::CloseDispute(it) => self.close_dispute(it),
            Action::PlaceHold(it) => self.place_hold(it),
            Action::CancelHold(it) => self.field("cancel-hold", it.hold),
            Action::ExpireHold(it) => self.field("expire-hold", it.hold),
            Action::ServeQueue(it) => self.field("serve-queue", it.venue),
            Action::Send(it) => self.send(it),
            Action::Receive(it) => self.field("receive", it.tablet),
            Action::EndTransfer(it) => self.end_transfer(it),
            Action::Relocate(it) => self.relocate(it),
            Action::TakeStock(it) => self.take_stock(it),
            Action::PlanTrip(it) => self.plan_trip(it),
            Action::CallOffTrip(it) => self.field("call-off-trip", it.trip),
            Action::AskWipe(it) => {
                self.field("ask-wipe", it.wipe);
                self.say(it.tablet);
            }
            Action::AgreeWipe(it) => self.field("agree-wipe", it.wipe),
            Action::CallOffWipe(it) => self.field("call-off-wipe", it.wipe),
            Action::StartWipe(it) => self.field("start-wipe", it.wipe),
            Action::StopWipes => self.text("stop-wipes"),
            Action::AllowWipes => self.text("allow-wipes"),
        }
    }

    /// A value with its name before it.
    fn field(&mut self, name: &str, value: impl ToString + Copy) {
        self.text(name);
        self.say(value);
    }

    fn parts(&mut self, name: &str, parts: &Kit) {
        self.field(name, parts.len());
        for part in parts {
            self.text(part.name());
        }
    }

    fn venue(&mut self, what: &str, it: &Venue) {
        self.text(what);
        self.say(it.id);
        self.text(&it.name);
        self.text(it.kind.name());
        self.say(it.calendar.closed_weekdays.len());
        for day in &it.calendar.closed_weekdays {
            self.say(day);
        }
        for day in &it.calendar.closures {
            self.say(day);
        }
        for (day, hours) in &it.calendar.hours {
            self.field("hours", day);
            self.say(hours.opens());
            self.say(hours.closes());
        }
    }

    fn appoint_operator(&mut self, it: &AppointOperator) {
        self.text("appoint-operator");
        self.say(it.operator);
        self.text(&it.name);
        self.say(it.badge);
        for venue in &it.venues {
            self.say(venue);
        }
    }

    fn enrol_kiosk(&mut self, it: &EnrolKiosk) {
        self.text("enrol-kiosk");
        self.say(it.kiosk);
        self.say(it.venue);
        self.say(it.key);
    }

    fn release_image(&mut self, it: &ReleaseImage) {
        self.text("release-image");
        self.say(it.image);
        self.text(&it.release);
        self.option(it.withdraw_on);
    }

    fn enrol_tablet(&mut self, it: &EnrolTablet) {
        self.text("enrol-tablet");
        self.say(it.tablet);
        self.say(it.number);
        self.text(&it.serial);
        self.text(&it.model);
        self.say(it.venue);
        if let Some(keys) = &it.keys {
            self.keys(keys);
        }
        self.say(it.tag);
    }

    fn enrol_agent(&mut self, it: &EnrolAgent) {
        self.field("enrol-agent", it.tablet);
        self.text(&it.serial);
        self.say(it.venue);
        self.keys(&it.keys);
    }

    fn keys(&mut self, keys: &TabletKeys) {
        self.say(keys.link);
        self.say(keys.proof);
    }

    fn check_out(&mut self, it: &CheckOut) {
        self.text("check-out");
        self.say(it.tablet);
        self.say(it.loan);
        self.option(it.borrower);
        // Not whether it has happened, and what was told then: a kiosk that heard no
        // answer does under the same id what it asked for (R6).
        if let Some(reason) = it.overriding {
            self.field("overriding", reason.name());
        }
    }

    fn set_kit(&mut self, it: &SetKit) {
        self.field("set-kit", it.tablet);
        self.parts("kit", &it.kit);
    }

    fn take_back(&mut self, it: &Return) {
        self.text("return");
        self.say(it.tablet);
        self.option(it.loan);
        self.text(it.presence.name());
        self.say(it.part_missing);
        self.say(it.condition == Condition::Damaged);
        match it.condition {
            Condition::NotSeen | Condition::Damaged => {}
            Condition::Good | Condition::Worn => self.field("condition", it.condition.name()),
        }
        if !it.missing_parts.is_empty() {
            self.parts("missing", &it.missing_parts);
        }
        if let Some(code) = it.code {
            self.field("code", code);
        }
    }

    fn report_back(&mut self, it: &ReportBack) {
        self.text("report-back");
        self.say(it.tablet);
    }

    fn answer(&mut self, it: &AnswerStillGotIt) {
        self.text("answer-still-got-it");
        self.say(it.tablet);
        self.say(it.loan);
        self.say(it.yes);
    }

    fn start_reset(&mut self, it: &StartReset) {
        self.text("start-reset");
        self.say(it.tablet);
        if let Some(code) = it.code {
            self.field("code", code);
        }
    }

    fn end_try(&mut self, it: &EndTry) {
        self.field("end-try", it.tablet);
        self.say(it.counter);
    }

    fn catch_up(&mut self, it: &CatchUp) {
        self.text("catch-up");
        self.say(it.tablet);
        self.say(it.epoch.0);
        self.say(it.counter);
    }

    fn record_reset(&mut self, it: &RecordReset) {
        self.text("record-reset");
        self.say(it.tablet);
        self.bytes(&it.receipt);
    }

    fn clear_flag(&mut self, it: &ClearFlag) {
        self.text("clear-flag");
        self.flag(it.tablet, it.flag);
    }

    fn set_flag(&mut self, it: &SetFlag) {
        self.text("set-flag");
        self.flag(it.tablet, it.flag);
    }

    fn flag(&mut self, tablet: TabletId, flag: Flag) {
        self.say(tablet);
        match flag {
            Flag::PartMissing => self.text("part-missing"),
            Flag::Damaged => self.text("damaged"),
            Flag::Withheld(reason) => self.text(reason.name()),
        }
    }

    fn close_dispute(&mut self, it: &CloseDispute) {
        self.text("close-dispute");
        self.say(it.dispute);
        self.text(it.decision.name());
    }

    fn place_hold(&mut self, it: &PlaceHold) {
        self.field("place-hold", it.hold);
        self.say(it.borrower);
        self.say(it.venue);
        self.parts("needs", &it.needs);
    }

    fn send(&mut self, it: &Send) {
        self.field("send", it.transfer);
        self.say(it.to);
        for tablet in &it.tablets {
            self.say(tablet);
        }
    }

    fn end_transfer(&mut self, it: &EndTransfer) {
        self.field("end-transfer", it.transfer);
        self.say(it.short);
    }

    fn relocate(&mut self, it: &Relocate) {
        self.field("relocate", it.tablet);
        self.text(it.whither.name());
    }

    fn take_stock(&mut self, it: &TakeStock) {
        self.field("take-stock", it.stocktake);
        for tablet in &it.seen {
            self.say(tablet);
        }
    }

    fn plan_trip(&mut self, it: &PlanTrip) {
        self.field("plan-trip", it.trip);
        match it.errand {
            Errand::Deliver(hold) => self.field("deliver", hold),
            Errand::Collect(loan) => self.field("collect", loan),
        }
        self.say(it.on);
    }
}
