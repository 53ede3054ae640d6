//! Text as a search sees it: what people type differently and mean the same becomes the same.

use memchr::memmem::Finder;

/// What separates words in a [`Words`]; no word holds it.
const SEPARATOR: char = '\n';

/// What stands before an Arabic noun as one word with it: the article, alone or after a particle. The longest come first.
const ARTICLES: [&str; 6] = ["وال", "بال", "كال", "فال", "لل", "ال"];
/// The fewest letters that remain for such a beginning to be an article and not part of the word.
const STEM_CHARS_MIN: usize = 3;

/// The words of a text, each after a separator, so that "a word begins with" is one look for a substring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(String);

impl Words {
    /// Takes in the words of a text, those with an article also without it.
    pub(crate) fn add(&mut self, text: &str) {
        for word in words(text) {
            if let Some(stem) = stem(&word) {
                self.push(stem);
            }
            self.push(&word);
        }
    }

    fn push(&mut self, word: &str) {
        self.0.push(SEPARATOR);
        self.0.push_str(word);
    }

    /// As they are kept, one word after the other; what is kept of one text can stand before that of another.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether a word begins so.
    pub(crate) fn begin_with(&self, query: &QueryWord) -> bool {
        query
            .needles
            .iter()
            .any(|needle| needle.find(self.as_bytes()).is_some())
    }
}

/// A word that is searched for.
#[derive(Clone, Debug)]
pub(crate) struct QueryWord {
    /// What is looked for in [`Words`]: the word, and where it has an article the word without it.
    pub(crate) needles: Vec<Finder<'static>>,
    /// The word as a number, where it could be one.
    pub(crate) number: String,
}

/// The words that are searched for, at most `max`.
pub(crate) fn query_words(text: &str, max: usize) -> Vec<QueryWord> {
    let words = words(text).take(max);
    words
        .map(|word| QueryWord {
            needles: std::iter::once(word.as_str())
                .chain(stem(&word))
                .map(|needle| Finder::new(&format!("{SEPARATOR}{needle}")).into_owned())
                .collect(),
            number: number(&word),
        })
        .collect()
}

/// A number as it is compared: letters and digits alone, in one case, with one kind of digits.
pub(crate) fn number(text: &str) -> String {
    text.chars().flat_map(folded).filter(|c| c.is_alphanumeric()).collect()
}

/// The last characters of a number, by which people tell cards and bills apart; `None` where they are the whole of it.
pub(crate) fn ending(number: &str) -> Option<&str> {
    /// How many.
    const CHARS: usize = 4;
    number
        .char_indices()
        .nth_back(CHARS - 1)
        .filter(|(at, _)| *at > 0)
        .map(|(at, _)| &number[at..])
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.chars().flat_map(folded).collect();
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

fn stem(word: &str) -> Option<&str> {
    ARTICLES
        .iter()
        .find_map(|article| word.strip_prefix(article))
        .filter(|stem| stem.chars().count() >= STEM_CHARS_MIN)
}

/// A character as it is compared; none where it only says how another is spoken or drawn.
fn folded(character: char) -> impl Iterator<Item = char> {
    let same = match character {
        // Vowel signs, other marks above and below letters, and the stroke that only stretches a word.
        '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' | '\u{0640}' => None,
        // Combining accents, joiners and direction marks.
        '\u{0300}'..='\u{036F}' | '\u{200C}'..='\u{200F}' | '\u{061C}' => None,
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ئ' | 'ی' => Some('ي'),
        'ؤ' => Some('و'),
        'ة' => Some('ه'),
        'ک' => Some('ك'),
        '٠'..='٩' => latin_digit(character, '٠'),
        '۰'..='۹' => latin_digit(character, '۰'),
        other => Some(other),
    };
    same.into_iter().flat_map(char::to_lowercase)
}

fn latin_digit(character: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(character).checked_sub(u32::from(zero))?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str, query: &str) -> bool {
        let mut words = Words::default();
        words.add(text);
        let query = query_words(query, 8);
        !query.is_empty() && query.iter().all(|word| words.begin_with(word))
    }

    #[test]
    fn what_is_typed_differently_and_means_the_same_is_found() {
        for (text, query) in [
            ("Electricity and Water", "wat ELEC"),
            ("Fine 2026-11", "2026 11"),
            ("Fine 2026", "٢٠٢٦"),
            ("مُخالَفَة مروريّة", "مخالفه مروريه"),
            ("الكهرباء والماء", "كهرباء"),
            ("الكهرباء والماء", "الكهرباء"),
            ("كهرباء", "الكهرباء"),
            ("رسوم بالبلدية", "بلديه"),
            ("إقامة", "اقامة"),
            ("مستشفى", "مستشفي"),
            ("مســـكن", "مسكن"),
            ("مؤسسة", "موسسه"),
        ] {
            assert!(found(text, query), "{query} in {text}");
        }
        for (text, query) in [
            ("Electricity", "lectricity"),
            ("Electricity", "electricity water"),
            ("الماء", "كهرباء"),
            ("Electricity", "—"),
        ] {
            assert!(!found(text, query), "{query} in {text}");
        }
    }

    #[test]
    fn a_number_is_compared_without_its_ornaments() {
        assert_eq!(number(" F-12 34/٥ "), "f12345");
        assert_eq!(ending("f12345"), Some("2345"));
        assert_eq!(ending("2345"), None);
        assert_eq!(ending("45"), None);
        assert_eq!(ending("ab٥ج12"), Some("٥ج12"));
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_the_beginnings_of_its_words(text in "[\\PC\u{0620}-\u{064A}]{0,40}", cut in 1..6_usize) {
            let query: Vec<String> = words(&text).take(8).map(|word| word.chars().take(cut).collect()).collect();
            prop_assert!(query.is_empty() || found(&text, &query.join(" ")));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(number(&number(&text)), number(&text));
        }
    }
}
