//! The parts of a tablet's kit, as rows name them, as screens draw them and as people
//! say them.

use lang::Key;
use shared::{
    kit::{Kit, KitPart, standard},
    wire::v1::kiosk::TabletRow,
};

use crate::screen;

/// What goes with a tablet; what usually does where its row has gone.
pub fn of(row: Option<&TabletRow>) -> Kit {
    row.map_or_else(standard, |row| row.kit.clone())
}

/// How a part is drawn.
pub const fn drawing(part: KitPart) -> screen::KitPart {
    match part {
        KitPart::Charger => screen::KitPart::Charger,
        KitPart::Cable => screen::KitPart::Cable,
        KitPart::Case => screen::KitPart::Case,
        KitPart::Bag => screen::KitPart::Bag,
        KitPart::Guide => screen::KitPart::Guide,
        KitPart::Stylus => screen::KitPart::Stylus,
        KitPart::Headset => screen::KitPart::Headset,
        KitPart::Keyboard => screen::KitPart::Keyboard,
    }
}

/// The part that is drawn so: the tablet itself is none.
pub fn drawn(picture: screen::KitPart) -> Option<KitPart> {
    KitPart::ALL
        .into_iter()
        .find(|part| drawing(*part) == picture)
}

/// The word of a drawn part.
pub const fn word(part: screen::KitPart) -> Key {
    match part {
        screen::KitPart::Tablet => Key::KitTablet,
        screen::KitPart::Charger => Key::KitCharger,
        screen::KitPart::Cable => Key::KitCable,
        screen::KitPart::Case => Key::KitCase,
        screen::KitPart::Bag => Key::KitBag,
        screen::KitPart::Guide => Key::KitGuide,
        screen::KitPart::Stylus => Key::KitStylus,
        screen::KitPart::Headset => Key::KitHeadset,
        screen::KitPart::Keyboard => Key::KitKeyboard,
    }
}
