//! The form of a body, asked of the wire's own types: each part of an example is
//! left out, emptied and made wrong, and what the type then says is the form. So the
//! description cannot say anything else than what is taken.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::openapi::{
    RefOr,
    schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
};

/// What names the kind of something in one of several forms.
const TAG: &str = "kind";
/// What no field of ours takes for a word.
const WRONG: &str = "?";

/// The form of what all these examples are.
pub fn of<T: DeserializeOwned>(examples: &[Value]) -> RefOr<Schema> {
    let tried = |value: Value| {
        serde_json::from_value::<T>(value)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let parts = examples.iter().map(|example| Part {
        value: example.clone(),
        tried: Box::new(tried),
    });
    form(&parts.collect::<Vec<_>>())
}

/// The words that a field may say, told by the type itself where it is asked for
/// another.
pub fn words(said: &str) -> Option<Vec<String>> {
    let (_, said) = said.split_once("unknown variant ")?;
    let (_, known) = said.split_once("expected ")?;
    let words = known.split('`').skip(1).step_by(2).map(str::to_owned);
    Some(words.collect())
}

/// A part of an example, and what its type says of another value in its place.
struct Part<'a> {
    value: Value,
    tried: Box<dyn Fn(Value) -> Result<(), String> + 'a>,
}

impl Part<'_> {
    /// The part of this name within it.
    fn field(&self, name: &str) -> Option<Part<'_>> {
        let whole = self.value.as_object()?;
        let name = name.to_owned();
        Some(Part {
            value: whole.get(&name)?.clone(),
            tried: Box::new(move |value| {
                let mut whole = whole.clone();
                whole.insert(name.clone(), value);
                (self.tried)(Value::Object(whole))
            }),
        })
    }

    fn first(&self) -> Option<Part<'_>> {
        Some(Part {
            value: self.value.as_array()?.first()?.clone(),
            tried: Box::new(|value| (self.tried)(Value::Array(vec![value]))),
        })
    }

    fn may_lack(&self, name: &str) -> bool {
        let mut whole = self.value.as_object().cloned().unwrap_or_default();
        whole.remove(name);
        (self.tried)(Value::Object(whole)).is_ok()
    }

    fn kind(&self) -> Option<&str> {
        self.value.get(TAG)?.as_str()
    }
}

/// One form for all; one of several where they are of several kinds.
fn form(parts: &[Part<'_>]) -> RefOr<Schema> {
    let mut kinds: Vec<Option<&str>> = Vec::new();
    for part in parts {
        if !kinds.contains(&part.kind()) {
            kinds.push(part.kind());
        }
    }
    let of_kind = |kind: Option<&str>| {
        let same = parts.iter().filter(|part| part.kind() == kind);
        form_of_one_kind(&same.collect::<Vec<_>>())
    };
    either(kinds.iter().copied().map(of_kind).collect())
}

fn form_of_one_kind(parts: &[&Part<'_>]) -> RefOr<Schema> {
    let objects: Vec<&Map<String, Value>> =
        parts.iter().filter_map(|it| it.value.as_object()).collect();
    let mut forms: Vec<RefOr<Schema>> = parts.iter().filter_map(|it| single(it)).collect();
    if !objects.is_empty() {
        forms.insert(0, object(parts));
    }
    either(forms)
}

/// The form of what is no object.
fn single(part: &Part<'_>) -> Option<RefOr<Schema>> {
    let plain = |kind| Some(nullable(part, ObjectBuilder::new(), kind));
    match &part.value {
        Value::Object(_) => None,
        Value::Null => Some(ObjectBuilder::new().schema_type(Type::Null).into()),
        Value::Bool(_) => plain(Type::Boolean),
        Value::Number(number) if number.is_f64() => plain(Type::Number),
        Value::Number(_) => plain(Type::Integer),
        Value::String(_) => Some(text(part)),
        Value::Array(_) => {
            let array = ArrayBuilder::new();
            Some(match part.first() {
                Some(first) => array.items(form(&[first])).into(),
                None => array.into(),
            })
        }
    }
}

fn text(part: &Part<'_>) -> RefOr<Schema> {
    let said = (part.tried)(Value::String(WRONG.to_owned())).err();
    let words = said.as_deref().and_then(words);
    let form = ObjectBuilder::new();
    let form = match (words, said) {
        (Some(words), _) => form.enum_values(Some(words)),
        (None, said) => form.description(said),
    };
    nullable(part, form, Type::String)
}

fn nullable(part: &Part<'_>, form: ObjectBuilder, kind: Type) -> RefOr<Schema> {
    let kind = match (part.tried)(Value::Null) {
        Ok(()) => SchemaType::from_iter([kind, Type::Null]),
        Err(_) => SchemaType::new(kind),
    };
    form.schema_type(kind).into()
}

fn object(parts: &[&Part<'_>]) -> RefOr<Schema> {
    let mut names: Vec<&String> = Vec::new();
    for name in parts
        .iter()
        .filter_map(|it| it.value.as_object())
        .flat_map(Map::keys)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut form = ObjectBuilder::new().schema_type(Type::Object);
    for name in names {
        let holders: Vec<&&Part<'_>> = parts
            .iter()
            .filter(|part| part.value.get(name).is_some())
            .collect();
        let fields: Vec<Part<'_>> = holders.iter().filter_map(|it| it.field(name)).collect();
        let property = match fields.first().and_then(|it| it.value.as_str()) {
            Some(kind) if name == TAG => ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([kind]))
                .into(),
            Some(_) | None => self::form(&fields),
        };
        form = form.property(name, property);
        if holders.len() == parts.len() && !holders.iter().any(|it| it.may_lack(name)) {
            form = form.required(name);
        }
    }
    form.into()
}

/// Each form once; one of them, where there are several.
fn either(forms: Vec<RefOr<Schema>>) -> RefOr<Schema> {
    let mut once: Vec<RefOr<Schema>> = Vec::new();
    for form in forms {
        if !once.contains(&form) {
            once.push(form);
        }
    }
    if once.len() == 1 {
        return once.remove(0);
    }
    let one_of = once
        .into_iter()
        .fold(OneOfBuilder::new(), OneOfBuilder::item);
    one_of.into()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Colour {
        Red,
        DarkBlue,
    }

    #[derive(Deserialize)]
    #[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its form is asked for")]
    enum Thing {
        Box { colour: Colour, count: Option<u8> },
        Lid { names: Vec<String> },
    }

    #[test]
    fn a_form_is_what_the_type_takes() {
        let examples = [
            json!({"kind": "box", "colour": "red", "count": 1}),
            json!({"kind": "lid", "names": ["a"]}),
        ];
        let form = serde_json::to_value(of::<Thing>(&examples)).expect("text keys");
        assert_eq!(
            form,
            json!({"oneOf": [
                {
                    "type": "object",
                    "required": ["kind", "colour"],
                    "properties": {
                        "kind": {"type": "string", "enum": ["box"]},
                        "colour": {"type": "string", "enum": ["red", "dark-blue"]},
                        "count": {"type": ["integer", "null"]},
                    },
                },
                {
                    "type": "object",
                    "required": ["kind", "names"],
                    "properties": {
                        "kind": {"type": "string", "enum": ["lid"]},
                        "names": {"type": "array", "items": {"type": "string"}},
                    },
                },
            ]})
        );
        let colours = [Colour::Red, Colour::DarkBlue];
        assert_eq!(colours.len(), 2);
    }
}
