//! Screens hold no words: every sentence comes from the catalogue, so that speech,
//! pages and notices say the same in every language.

use super::source::{Complaint, Source, numbered};

/// What a string with letters in it may be, by the start of its line or what stands
/// before it: a file, a font, or the lines of a drawing.
const NO_WORDS: [&str; 5] = ["import", "@image-url(", "font-family:", "commands:", "from"];

/// The fonts we bring along; their names are the same in every language.
const FONTS: [&str; 2] = ["Atkinson Hyperlegible", "Noto "];

/// Complains of strings with letters in `.slint` files.
pub fn words(file: &Source) -> Vec<Complaint> {
    if !file.has_ending(&["slint"]) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (at, line) in numbered(&file.text) {
        let line = line.split("//").next().unwrap_or(line);
        let spoken = strings(line).filter(|(before, text)| is_word(before, text));
        complaints.extend(spoken.map(|(_, text)| {
            file.complain(
                at,
                format!("“{text}” belongs in lang; let it come in as a property"),
            )
        }));
    }
    complaints
}

/// The strings of a line, each with all that stands before it.
fn strings(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let quotes: Vec<usize> = line.match_indices('"').map(|(at, _)| at).collect();
    let pairs: Vec<(usize, usize)> = quotes
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect();
    pairs
        .into_iter()
        .map(move |(from, to)| (&line[..from], &line[from + 1..to]))
}

fn is_word(before: &str, text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && !FONTS.iter().any(|it| text.starts_with(it))
        && !NO_WORDS.iter().any(|it| before.trim_end().ends_with(it))
        && !before.trim_start().starts_with("import")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(text: &str) -> usize {
        words(&Source::new("kiosk/ui/screens/hello.slint", text)).len()
    }

    #[test]
    fn a_sentence_on_a_screen_is_caught() {
        assert_eq!(caught("Text { text: \"Hello\"; }"), 1);
        assert_eq!(
            caught("accessible-label: \"Borrow \" + name + \" now\";"),
            2
        );
    }

    #[test]
    fn files_fonts_drawings_numbers_and_comments_are_no_words() {
        for line in [
            "import { Theme } from \"theme.slint\";",
            "import \"../fonts/A.ttf\";",
            "source: @image-url(\"../icons/tick.svg\");",
            "default-font-family: \"Atkinson Hyperlegible Next\";",
            "commands: \"M 0 0 L 24 24\";",
            "text: \"\" + count + \" / \" + 3;",
            "out property <string> family: \"Atkinson Hyperlegible Next\";",
            "// say \"Hello\"",
        ] {
            assert_eq!(caught(line), 0, "{line}");
        }
    }
}
