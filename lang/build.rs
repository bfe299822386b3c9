//! Makes `Key` from the English catalogue: a sentence that is not there cannot
//! be asked for, because it does not compile.

use std::{collections::BTreeSet, env, error::Error, fmt::Write as _, fs, path::Path};

use fluent_syntax::{ast, parser};

const CATALOGUE: &str = "en.ftl";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    let source = fs::read_to_string(CATALOGUE)?;
    let resource = parser::parse(source.as_str()).map_err(|(_, faults)| format!("{faults:?}"))?;
    let messages: Vec<_> = resource.body.iter().filter_map(message).collect();
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("key.rs"), code(&messages)?)?;
    Ok(())
}

/// What is kept of a message of the catalogue.
struct Message<'a> {
    id: &'a str,
    variables: BTreeSet<&'a str>,
}

fn message<'a>(entry: &ast::Entry<&'a str>) -> Option<Message<'a>> {
    let ast::Entry::Message(message) = entry else {
        return None;
    };
    let mut variables = BTreeSet::new();
    for element in &message.value.as_ref()?.elements {
        collect(element, &mut variables);
    }
    let id = message.id.name;
    Some(Message { id, variables })
}

fn collect<'a>(element: &ast::PatternElement<&'a str>, into: &mut BTreeSet<&'a str>) {
    let ast::PatternElement::Placeable { expression } = element else {
        return;
    };
    let (ast::Expression::Inline(inline)
    | ast::Expression::Select {
        selector: inline, ..
    }) = expression;
    if let ast::InlineExpression::VariableReference { id } = inline {
        into.insert(id.name);
    }
}

fn code(messages: &[Message]) -> Result<String, std::fmt::Error> {
    let (mut variants, mut all, mut table) = (String::new(), String::new(), String::new());
    for Message { id, variables } in messages {
        let name = variant(id);
        let variables: Vec<_> = variables.iter().collect();
        writeln!(variants, "    /// `{id}`\n    {name},")?;
        writeln!(all, "    Key::{name},")?;
        writeln!(table, "    ({id:?}, &{variables:?}),")?;
    }
    let count = messages.len();
    Ok(format!(
        "/// Every sentence of the catalogue.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
         pub enum Key {{\n{variants}}}\n\
         const ALL: [Key; {count}] = [\n{all}];\n\
         static TABLE: [(&str, &[&str]); {count}] = [\n{table}];\n"
    ))
}

/// `first-headline` → `FirstHeadline`.
fn variant(id: &str) -> String {
    id.split('-')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}
