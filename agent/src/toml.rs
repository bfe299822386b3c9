//! TOML as people write it, turned into JSON of the same lines: what reads orders and
//! records reads settings and lists, too, and one way to read everything is enough for a
//! small program. What no file of ours has is refused: names of several parts, dates, and
//! numbers with a point.

use serde::de::DeserializeOwned;
use toml_parser::{
    ParseError, Source,
    decoder::ScalarKind,
    parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document},
};

/// Deepest that one value stands in another.
const DEPTH_MAX: u32 = 16;

/// What is not understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct TomlError {
    line: usize,
    why: String,
}

/// Reads what a text says.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, TomlError> {
    let json = json(text)?;
    serde_json::from_slice(json.as_bytes()).map_err(|error| {
        let said = error.to_string();
        let why = said.rsplit_once(" at line ").map_or(&*said, |(why, _)| why);
        TomlError {
            line: error.line(),
            why: why.to_owned(),
        }
    })
}

fn json(text: &str) -> Result<String, TomlError> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let (mut events, mut bad) = (Vec::<Event>::new(), None);
    let mut bounded = RecursionGuard::new(&mut events, DEPTH_MAX);
    let mut strict = ValidateWhitespace::new(&mut bounded, source);
    parse_document(&tokens, &mut strict, &mut bad);
    let mut json = Json::of(source);
    json.held(bad)?;
    for event in &events {
        json.take(event)?;
    }
    Ok(json.end())
}

/// JSON while it is written.
struct Json<'a> {
    source: Source<'a>,
    text: String,
    /// Lines that have ended since something was written.
    lines: usize,
    /// Whether what comes next stands behind something, and not first.
    follows: bool,
    /// The kind and name of the table's head that is being read.
    head: Option<(EventKind, String)>,
    /// The kind and name of the table that is open.
    table: Option<(EventKind, String)>,
}

impl<'a> Json<'a> {
    fn of(source: Source<'a>) -> Self {
        Self {
            source,
            text: "{".to_owned(),
            lines: 0,
            follows: false,
            head: None,
            table: None,
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), TomlError> {
        match event.kind() {
            kind @ (EventKind::StdTableOpen | EventKind::ArrayTableOpen) => {
                self.head = Some((kind, String::new()));
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.table_begins(),
            EventKind::SimpleKey => self.key(event)?,
            EventKind::KeySep => return Err(self.unknown(event, "a name of several parts")),
            EventKind::KeyValSep => self.goes_on(":"),
            EventKind::Scalar => self.scalar(event)?,
            EventKind::ArrayOpen => self.begins("["),
            EventKind::InlineTableOpen => self.begins("{"),
            EventKind::ArrayClose => self.ends("]"),
            EventKind::InlineTableClose => self.ends("}"),
            EventKind::Newline => self.lines += 1,
            // Commas are set where JSON has them, and what is wrong was said.
            EventKind::ValueSep | EventKind::Whitespace | EventKind::Comment | EventKind::Error => {
            }
        }
        Ok(())
    }

    /// Whatever comes next has the line that it had.
    fn next(&mut self) {
        if self.follows {
            self.text.push(',');
        }
        self.text.extend(std::iter::repeat_n('\n', self.lines));
        (self.lines, self.follows) = (0, false);
    }

    fn begins(&mut self, mark: &str) {
        self.next();
        self.text.push_str(mark);
    }

    fn goes_on(&mut self, mark: &str) {
        self.text.push_str(mark);
        self.follows = false;
    }

    fn ends(&mut self, mark: &str) {
        self.text.push_str(mark);
        self.follows = true;
    }

    fn table_begins(&mut self) {
        let head = self.head.take();
        if self.table == head && matches!(head, Some((EventKind::ArrayTableOpen, _))) {
            self.ends("}");
            self.begins("{");
            return;
        }
        self.table_ends();
        if let Some((kind, name)) = &head {
            self.next();
            self.quoted(name);
            let is_one = *kind == EventKind::StdTableOpen;
            self.goes_on(if is_one { ":{" } else { ":[{" });
        }
        self.table = head;
    }

    fn table_ends(&mut self) {
        match self.table.take() {
            Some((EventKind::ArrayTableOpen, _)) => self.ends("}]"),
            Some(_one) => self.ends("}"),
            None => {}
        }
    }

    fn end(mut self) -> String {
        self.table_ends();
        self.text.push('}');
        self.text
    }

    fn key(&mut self, event: &Event) -> Result<(), TomlError> {
        let (mut key, mut bad) = (String::new(), None);
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut key, &mut bad);
        }
        self.held(bad)?;
        if let Some((_, name)) = &mut self.head {
            *name = key;
        } else {
            self.next();
            self.quoted(&key);
        }
        Ok(())
    }

    fn scalar(&mut self, event: &Event) -> Result<(), TomlError> {
        let (mut text, mut bad, mut kind) = (String::new(), None, ScalarKind::String);
        let raw = self.source.get(event);
        if let Some(raw) = raw {
            kind = raw.decode_scalar(&mut text, &mut bad);
        }
        self.held(bad)?;
        self.next();
        match kind {
            ScalarKind::String => self.quoted(&text),
            ScalarKind::Boolean(yes) => self.text.push_str(if yes { "true" } else { "false" }),
            ScalarKind::Integer(radix) => {
                let number = i64::from_str_radix(&text, radix.value());
                let number = number.map_err(|_| self.unknown(event, "so large a number"))?;
                self.text.push_str(&number.to_string());
            }
            ScalarKind::Float => return Err(self.unknown(event, "a number with a point")),
            ScalarKind::DateTime => return Err(self.unknown(event, "a date")),
        }
        self.follows = true;
        self.lines += raw.map_or(0, |raw| raw.as_str().matches('\n').count());
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.text
            .push_str(&serde_json::Value::from(text).to_string());
    }

    fn unknown(&self, event: &Event, what: &str) -> TomlError {
        self.error(event.span().start(), format!("{what} is not known here"))
    }

    /// Says the first thing that is wrong with the text, if anything is.
    fn held(&self, bad: Option<ParseError>) -> Result<(), TomlError> {
        let Some(bad) = bad else {
            return Ok(());
        };
        let span = bad.unexpected().or(bad.context());
        let at = span.map_or(0, |span| span.start());
        Err(self.error(at, bad.description().to_owned()))
    }

    fn error(&self, at: usize, why: String) -> TomlError {
        let before = self.source.input().as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        TomlError { line, why }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use serde_json::Value;

    use super::*;

    #[test]
    fn whatever_is_taken_says_what_it_says_to_any_reader_of_toml() {
        for text in [
            "",
            "\n# nothing\n",
            "a = 1\n\nb = 'x\\y'\r\nc = \"q\\\"\\u00e9\\n\"\n\"d e\" = true",
            "a = [\n  1, # one\n  [2, 0x1F, -3, +4, 1_000],\n]\nb = []\n",
            "a = { b = 1, c = [{ d = false }] }\n",
            "a = \"\"\"\nx\ny\\\n  z\"\"\"\nb = '''\nq'''\n",
            "z = 0\n[a]\nb = 1\n[c]\n[d]\ne = 2\n",
            "[[a]]\nb = 1\n[[a]]\n[[a]]\nb = 3\n[c]\nb = 4\n[[d]]\n",
            include_str!("../policy/debian.toml"),
            include_str!("../package/agent.toml"),
        ] {
            let expected: Value = ::toml::from_str(text).unwrap();
            assert_eq!(from_str::<Value>(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (text, line, part) in [
            ("a = 1\nb =\n", 2, "value"),
            ("a = 1\n\nb = \"x\n", 3, "string"),
            ("a = [1,\n2\nb = 3", 3, ""),
            ("[a\nb = 1", 1, ""),
            ("a = 1\nb.c = 1", 2, "several parts"),
            ("\n[a.b]\n", 2, "several parts"),
            ("a = 1.5", 1, "a point"),
            ("a = 2026-11-27", 1, "a date"),
            ("a = 99999999999999999999", 1, "so large"),
            ("a = '''\n\n'''\nb = 1.5", 4, "a point"),
            ("a = yes", 1, ""),
        ] {
            let refused = from_str::<Value>(text).unwrap_err();
            assert_eq!(refused.line, line, "{text}: {refused}");
            assert!(refused.to_string().contains(part), "{text}: {refused}");
        }
        let deep = format!("a = {}{}", "[".repeat(40), "]".repeat(40));
        assert!(from_str::<Value>(&deep).is_err());
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pair {
        one: u8,
        two: Vec<u8>,
    }

    #[test]
    fn what_a_reader_refuses_has_its_line_too_and_no_column_of_ours() {
        for (text, line, part) in [
            ("one = 1\n\n\ntwo = [1,\n 2,\n 300]\n", 6, "300"),
            ("one = 1\n# x\nthree = 3\n", 3, "`three`"),
            ("one = 1\ntwo = [1]\n\n\none = 2\n", 5, "duplicate"),
            ("one = 1\n\n\n", 1, "missing field `two`"),
            ("one = 1\ntwo = []\n[one]\n", 3, "duplicate"),
        ] {
            let refused = from_str::<Pair>(text).unwrap_err();
            assert_eq!(refused.line, line, "{text}: {refused}");
            let said = refused.to_string();
            assert!(said.contains(part) && !said.contains("column"), "{said}");
        }
    }

    #[test]
    fn a_table_that_stands_twice_is_refused() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Two {
            #[serde(rename = "a")]
            _first: Vec<Value>,
            #[serde(rename = "b")]
            _second: Value,
        }
        assert!(from_str::<Two>("[[a]]\n[[a]]\n[b]\n").is_ok());
        assert!(from_str::<Two>("[[a]]\n[b]\n[[a]]\n").is_err());
        assert!(from_str::<Two>("[[a]]\n[b]\n[b]\n").is_err());
    }
}
