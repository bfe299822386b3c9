//! What is read before venues, operators, kiosks, images and tablets are set up.

use shared::{
    command::{
        AppointOperator, EnrolAgent, EnrolKiosk, EnrolTablet, ReleaseImage, RenewKeys, SetKit,
    },
    decide::{self, Given},
    venue::Venue,
};

use super::{Reader, Word};

impl Reader {
    pub(super) fn open_venue(&self, it: &Venue, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.venue(it.id)?.is_some(),
            venues_exist: true,
        };
        Ok(decide::setup::open_venue(known, it, given))
    }

    pub(super) fn change_venue(&self, it: &Venue, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.venue(it.id)?.is_some(),
            venues_exist: true,
        };
        Ok(decide::setup::change_venue(known, it, given))
    }

    pub(super) fn appoint_operator(&self, it: &AppointOperator, given: &Given) -> Word {
        let mut venues_exist = true;
        for venue in &it.venues {
            venues_exist &= self.venue(*venue)?.is_some();
        }
        let known = decide::setup::Known {
            exists: self.operator_exists(it.operator)?,
            venues_exist,
        };
        Ok(decide::setup::appoint_operator(known, it, given))
    }

    pub(super) fn enrol_kiosk(&self, it: &EnrolKiosk, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.kiosk(it.kiosk)?.is_some(),
            venues_exist: self.venue(it.venue)?.is_some(),
        };
        Ok(decide::setup::enrol_kiosk(known, it, given))
    }

    pub(super) fn release_image(&self, it: &ReleaseImage, given: &Given) -> Word {
        let known = decide::setup::Known {
            exists: self.image(it.image)?.is_some(),
            venues_exist: true,
        };
        Ok(decide::setup::release_image(known, it, given))
    }

    pub(super) fn enrol_tablet(&self, it: &EnrolTablet, given: &Given) -> Word {
        let known = decide::enrol::Known {
            number_taken: self.number_taken(it.tablet, it.number, it.tag)?,
            serial_taken: self.serial_taken(&it.serial)?,
            venue_exists: self.venue(it.venue)?.is_some(),
            image: self.image_to_order()?,
        };
        Ok(decide::enrol::enrol(&known, it, given))
    }

    pub(super) fn enrol_agent(&self, it: &EnrolAgent, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let image = self.image_to_order()?;
            let known = decide::enrol::AgentKnown { tablet, image };
            Ok(decide::enrol::enrol_agent(&known, it, given))
        })
    }

    pub(super) fn renew_keys(&self, it: &RenewKeys, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::keys::RenewKnown { tablet };
            Ok(decide::keys::renew(&known, it, given))
        })
    }

    pub(super) fn set_kit(&self, it: &SetKit, given: &Given) -> Word {
        self.with_tablet(it.tablet, |tablet| {
            let known = decide::setup::KitKnown { tablet };
            Ok(decide::setup::set_kit(&known, it, given))
        })
    }
}
