//! The catalogues are complete, their sentences short, and dates read well.

use std::collections::BTreeMap;

use fluent_syntax::{ast, parser, serializer};

use super::*;

/// Sentences longer than this do not fit a line of the kiosk twice over.
const LONGEST: usize = 100;

fn messages(source: &str) -> BTreeMap<String, String> {
    let resource = parser::parse(source).expect("a catalogue parses");
    let found = resource.body.into_iter().filter_map(|entry| match entry {
        ast::Entry::Message(message) => {
            let id = message.id.name.to_owned();
            let body = vec![ast::Entry::Message(message)];
            Some((id, serializer::serialize(&ast::Resource { body })))
        }
        ast::Entry::Term(_)
        | ast::Entry::Comment(_)
        | ast::Entry::GroupComment(_)
        | ast::Entry::ResourceComment(_)
        | ast::Entry::Junk { .. } => None,
    });
    found.collect()
}

/// What a catalogue lacks against the keys, or has beside them.
fn gaps(source: &str) -> Vec<String> {
    let messages = messages(source);
    let missing = Key::ALL.into_iter().filter(|key| {
        let text = messages.get(key.id());
        text.is_none_or(|text| {
            !key.variables()
                .iter()
                .all(|name| text.contains(&format!("${name}")))
        })
    });
    let extra = messages.keys().filter(|id| Key::from_id(id).is_none());
    missing
        .map(|key| key.id().to_owned())
        .chain(extra.cloned())
        .collect()
}

fn filled(catalogue: &Catalogue, key: Key, count: usize) -> String {
    let args: Vec<_> = key
        .variables()
        .iter()
        .map(|&name| match name {
            "count" => (name, Arg::Count(count)),
            _ => (name, Arg::Text("WGN-042")),
        })
        .collect();
    catalogue.text(key, &args)
}

#[test]
fn every_language_offered_says_everything() {
    for language in LANGUAGES {
        assert_eq!(
            gaps(language.source),
            Vec::<String>::new(),
            "{}",
            language.code
        );
        assert_eq!(
            Catalogue::of(language).say(Key::LanguageName),
            language.name
        );
    }
}

#[test]
fn a_catalogue_that_lacks_a_sentence_or_a_name_in_it_is_found_out() {
    let broken = LANGUAGES[0]
        .source
        .replace("button-stop = Stop\n", "")
        .replace("$tablet", "$other");
    assert_eq!(gaps(&broken), ["button-stop", "return-done"]);
    assert_eq!(
        gaps(&format!("{}\nspare = Spare\n", LANGUAGES[0].source)),
        ["spare"]
    );
}

#[test]
fn every_sentence_reads_whole_and_short() {
    for language in LANGUAGES {
        let catalogue = Catalogue::of(language);
        for key in Key::ALL {
            for count in [1, 3] {
                let text = filled(&catalogue, key, count);
                assert!(
                    !text.is_empty() && !text.contains(['{', '}', '\n']),
                    "{}",
                    key.id()
                );
                assert!(text.chars().count() <= LONGEST, "{}: {text}", key.id());
            }
        }
    }
}

#[test]
fn every_refusal_has_a_next_step() {
    let refusals = Key::ALL
        .iter()
        .map(|key| key.id())
        .filter(|id| id.starts_with("refusal-"));
    for id in refusals.filter(|id| !id.ends_with("-next")) {
        assert!(
            Key::from_id(&format!("{id}-next")).is_some(),
            "{id} says no next step"
        );
    }
}

#[test]
fn no_sentence_blames_or_shows_a_code() {
    let catalogue = Catalogue::english();
    for key in Key::ALL {
        let text = filled(&catalogue, key, 2).to_lowercase();
        for word in [
            "error",
            "invalid",
            "failed",
            "you must",
            "illegal",
            "wrong number",
            "fine of",
        ] {
            assert!(!text.contains(word), "{}: {text}", key.id());
        }
    }
}

#[test]
fn days_and_times_read_as_people_say_them() {
    let catalogue = Catalogue::english();
    assert_eq!(catalogue.day(5, 12, 12), "Saturday 12 December");
    assert_eq!(catalogue.day(0, 1, 1), "Monday 1 January");
    assert_eq!(catalogue.clock(16, 31), "4:31pm");
    assert_eq!(catalogue.clock(9, 5), "9:05am");
    assert_eq!(catalogue.clock(0, 0), "12:00am");
    assert_eq!(catalogue.clock(12, 0), "12:00pm");
}

#[test]
fn counts_take_the_form_for_one_and_for_many() {
    let catalogue = Catalogue::english();
    let on_loan = |count| catalogue.text(Key::BorrowerOnLoan, &[("count", Arg::Count(count))]);
    assert_eq!(on_loan(1), "One tablet on loan.");
    assert_eq!(on_loan(2), "2 tablets on loan.");
}

#[test]
#[should_panic(expected = "return-done takes")]
fn a_sentence_with_a_name_left_out_is_caught() {
    Catalogue::english().say(Key::ReturnDone);
}

#[test]
fn only_languages_offered_can_be_chosen() {
    assert!(Catalogue::by_code("en").is_some());
    assert!(Catalogue::by_code("pl").is_none());
}

#[test]
fn a_catalogue_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Catalogue>();
}
