//! Rows of tablets, one by one: a row of which this program does not know every word
//! spoils no other. It is known by what a return needs, and the rest of it is kept as
//! it came, for the program that is here after an update.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use super::TabletRow;
use crate::{
    digest::Digest,
    ids::{LoanId, TabletId, VenueId},
    tablet::StateWord,
    tag::TabletNumber,
};

/// A row as a later server wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread(Value);

impl std::fmt::Debug for Unread {
    // Nobody knows what is in it: no word of it reaches a log line (R13).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unread")
    }
}

/// What every row must say, so that it can be a row at all.
#[derive(Deserialize)]
struct Core {
    tablet: TabletId,
    number: TabletNumber,
    tag: Digest,
}

impl TabletRow {
    /// Reads one row.
    ///
    /// # Errors
    /// Where it does not even say which tablet it is about.
    pub fn read(row: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(&row).or_else(|_| Self::read_in_part(row))
    }

    /// The same, from text.
    ///
    /// # Errors
    /// As above.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).and_then(Self::read)
    }

    /// As text: a row that was not read whole is as it came.
    pub fn to_json(&self) -> String {
        let told = match &self.unread {
            Some(Unread(row)) => serde_json::to_string(row),
            None => serde_json::to_string(self),
        };
        told.expect("a row has text keys only")
    }

    /// A tablet of which not all is known is one to look at, and is lent by nobody.
    fn read_in_part(row: Value) -> Result<Self, serde_json::Error> {
        let Core {
            tablet,
            number,
            tag,
        } = Core::deserialize(&row)?;
        Ok(Self {
            loan: part::<LoanId>(&row, "loan"),
            venue: part::<VenueId>(&row, "venue"),
            unread: Some(Unread(row)),
            ..Self::new(tablet, number, tag, StateWord::NeedsAttention)
        })
    }
}

fn part<'de, T: Deserialize<'de>>(row: &'de Value, name: &str) -> Option<T> {
    row.get(name).and_then(|part| T::deserialize(part).ok())
}

pub(super) fn serialize<S: Serializer>(
    rows: &[TabletRow],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Told<'a> {
        Whole(&'a TabletRow),
        AsItCame(&'a Value),
    }
    serializer.collect_seq(rows.iter().map(|row| match &row.unread {
        None => Told::Whole(row),
        Some(Unread(as_it_came)) => Told::AsItCame(as_it_came),
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<TabletRow>, D::Error> {
    let rows = Vec::<Value>::deserialize(deserializer)?;
    let rows = rows.into_iter().map(TabletRow::read);
    rows.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// What a kiosk decides by while it is alone: with rules of which it does not know
/// every word it decides nothing.
pub(super) mod rules {
    use serde::{Deserialize, Deserializer};
    use serde_json::Value;

    use crate::wire::v1::kiosk::RulesRow;

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<RulesRow>, D::Error> {
        let rules = Option::<Value>::deserialize(deserializer)?;
        Ok(rules.and_then(|rules| RulesRow::deserialize(&rules).ok()))
    }
}

/// Kinds of proof: one that this program does not know counts for no tablet of whose
/// row it knows every word.
pub(super) mod kinds {
    use serde::{Deserialize, Deserializer};
    use serde_json::Value;

    use crate::wire::v1::kiosk::ProofKindRow;

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<ProofKindRow>, D::Error> {
        let kinds = Vec::<Value>::deserialize(deserializer)?;
        let known = kinds.iter().map(ProofKindRow::deserialize);
        Ok(known.filter_map(Result::ok).collect())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use serde_json::json;

    use super::*;
    use crate::{
        kit::standard,
        tag::Tag,
        time::Moment,
        wire::v1::kiosk::{Rows, RulesRow},
    };

    fn row(number: u8, word: StateWord) -> TabletRow {
        let tag = Tag::new(format!("WGN-{number:03}").parse().unwrap(), [number; 10]);
        let tablet = TabletId::from_bytes([number; 16]);
        TabletRow {
            loan: (word == StateWord::OnLoan).then(|| LoanId::from_bytes([9; 16])),
            ..TabletRow::new(tablet, tag.number(), tag.digest(), word)
        }
    }

    /// What a server of some later year may say: this field has this value.
    fn later(row: &TabletRow, field: &str, value: Value) -> Value {
        let mut told = serde_json::to_value(row).unwrap();
        told[field] = value;
        told
    }

    fn heard(tablets: &[Value]) -> Rows {
        let mut rows = serde_json::to_value(Rows::none(7, Moment::from_ms(0))).unwrap();
        rows["tablets"] = json!(tablets);
        // As it comes over a wire.
        serde_json::from_str(&rows.to_string()).unwrap()
    }

    #[test]
    fn a_row_with_a_word_of_a_later_year_spoils_no_other_and_is_known_by_what_a_return_needs() {
        let (known, other) = (row(1, StateWord::Ready), row(2, StateWord::OnLoan));
        for (field, value) in [
            ("word", json!("on-its-way-to-mars")),
            ("kit", json!(["charger", "jetpack"])),
            ("missing_parts", json!(["jetpack"])),
            ("lent_by_override", json!("the-mayor-agreed")),
            ("due_on", json!("next Tuesday")),
            ("waits_in_tray", json!({"since": "noon"})),
            ("link_key", json!("dilithium")),
            ("proof", json!({"kind": "oath", "proven_at": 5})),
        ] {
            let rows = heard(&[
                later(&other, field, value),
                later(&known, "word", json!("ready")),
            ]);
            let [unread, read] = &rows.tablets[..] else {
                panic!("two rows");
            };
            assert_eq!(read, &known);
            assert!(unread.unread.is_some(), "{field}");
            assert_eq!(unread.word, StateWord::NeedsAttention);
            assert_eq!((unread.tablet, unread.number), (other.tablet, other.number));
            assert_eq!((unread.tag, unread.loan), (other.tag, other.loan));
            assert_eq!(unread.kit, standard());
        }
    }

    #[test]
    fn a_row_that_was_not_read_whole_is_kept_as_it_came() {
        let told = later(
            &row(1, StateWord::Ready),
            "word",
            json!("on-its-way-to-mars"),
        );
        let rows = heard(std::slice::from_ref(&told));
        let kept = rows.tablets[0].to_json();
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), told);
        assert_eq!(TabletRow::from_json(&kept).unwrap(), rows.tablets[0]);
        let again = serde_json::to_value(&rows).unwrap();
        assert_eq!(again["tablets"], json!([told]));
    }

    #[test]
    fn a_new_field_is_left_out_and_a_row_of_no_tablet_is_none() {
        let known = row(1, StateWord::Ready);
        let rows = heard(&[later(&known, "mood", json!("cheerful"))]);
        assert_eq!(rows.tablets, std::slice::from_ref(&known));
        assert_eq!(TabletRow::from_json(&known.to_json()).unwrap(), known);
        TabletRow::read(later(&known, "tablet", json!(7))).unwrap_err();
    }

    #[test]
    fn with_rules_of_a_later_year_nothing_is_decided_and_a_new_kind_of_proof_counts_for_nothing() {
        let rules = json!({
            "loan_days": 21,
            "proof_kinds": ["oath", "tablet-proven"],
            "calendar": {"closed_weekdays": [], "closures": []},
        });
        let read = |rules: Value| {
            let mut rows = serde_json::to_value(Rows::none(7, Moment::from_ms(0))).unwrap();
            rows["rules"] = rules;
            let rows: Rows = serde_json::from_value(rows).unwrap();
            rows.rules
        };
        let known: RulesRow = read(rules.clone()).unwrap();
        assert_eq!((known.proof_kinds.len(), known.open_loans_max), (1, None));
        let mut later = rules;
        later["calendar"]["moons"] = json!([3]);
        assert_eq!(read(later), None);
        assert_eq!(read(Value::Null), None);
    }
}
