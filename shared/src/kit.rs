//! What goes with a tablet: a checklist that is lent, counted at its return and
//! missed by name.

use std::collections::BTreeSet;

/// One part of a tablet's kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KitPart {
    /// The charger that goes into the wall.
    Charger,
    /// The cable between charger and tablet.
    Cable,
    /// The case around the tablet.
    Case,
    /// The bag that everything is carried in.
    Bag,
    /// The printed guide.
    Guide,
    /// A pen for those whose fingers do not do what they should.
    Stylus,
    /// A headset, for a hearing aid or a shared room.
    Headset,
    /// A keyboard with large keys.
    Keyboard,
}

impl KitPart {
    /// Every part, in the order in which a checklist shows them.
    pub const ALL: [Self; 8] = [
        Self::Charger,
        Self::Cable,
        Self::Case,
        Self::Bag,
        Self::Guide,
        Self::Stylus,
        Self::Headset,
        Self::Keyboard,
    ];

    /// Its stable name, as catalogues and rows know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charger => "charger",
            Self::Cable => "cable",
            Self::Case => "case",
            Self::Bag => "bag",
            Self::Guide => "guide",
            Self::Stylus => "stylus",
            Self::Headset => "headset",
            Self::Keyboard => "keyboard",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// The parts that go with one tablet.
pub type Kit = BTreeSet<KitPart>;

/// What goes with a tablet for which nobody has said otherwise.
pub fn standard() -> Kit {
    Kit::from([KitPart::Charger, KitPart::Bag, KitPart::Guide])
}

/// How a tablet looked when it came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Nobody looked: only its sticker was seen.
    #[default]
    NotSeen,
    /// As it went out.
    Good,
    /// Marks of use that stop nobody from using it.
    Worn,
    /// Something is broken.
    Damaged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_again_by_its_own_name() {
        for part in KitPart::ALL {
            assert_eq!(KitPart::from_name(part.name()), Some(part));
        }
        assert_eq!(KitPart::from_name("kettle"), None);
    }
}
