//! Which passwords are refused: short ones, and those that a guesser tries first. Nothing else is
//! asked of them (NIST SP 800-63B), and nobody outside is asked about them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

pub const SHORTEST: usize = 12;
/// Hashing takes as long as the password is.
pub const LONGEST: usize = 256;
/// So many characters have to be left of a password once everything predictable is taken out of it.
const UNPREDICTABLE: usize = 5;
/// A shorter piece of a password says nothing.
const PIECE: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("the password must have at least {SHORTEST} characters")]
    TooShort,
    #[error("the password must have at most {LONGEST} characters")]
    TooLong,
    #[error(
        "the password is made of what everybody tries first: common words, names, years, rows of \
         the keyboard; choose a few words that have nothing to do with each other"
    )]
    Predictable,
}

/// What passwords are most often made of, beside names, in lower case. Our own list.
const WORDS: &str = "\
    abc admin administrator angel baseball basketball batman beautiful bailey changeme charlie \
    chelsea chocolate company computer cookie corporate default demo dragon flower football freedom \
    friend guest hello hockey holiday hunter iloveyou internet jesus jordan letmein liverpool login \
    london loveme lovely master michael michelle monday money monkey mustang mypassword nothing \
    office orange passphrase password passwort pepper pokemon princess purple rollcall root samsung \
    secret server shadow soccer sommer spring starwars summer sunshine superman superuser temp \
    temporary test testing thomas trustno unknown user welcome whatever winter yankees autumn \
    january february march april june july august september october november december \
    hr humanresources employee organisation organization department manager motdepasse contrasena \
    geheim hallo azerty please forever family loveyou";

const ROWS: [&str; 8] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiopü",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
];

/// Says why a password is refused. `about` is what anybody knows of its owner: their address and name,
/// the tenant's name.
pub fn check(password: &str, about: &[&str]) -> Result<(), Weak> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Weak::TooShort);
    }
    if length > LONGEST {
        return Err(Weak::TooLong);
    }
    let words = about.iter().flat_map(|text| words_in(text));
    let words: BTreeSet<String> = words.chain(words_in(WORDS)).collect();
    let typed: Vec<char> = password.to_lowercase().chars().collect();
    let read: Vec<char> = typed.iter().map(|c| letter_for(*c)).collect();
    let repeated = (1..=8).any(|period| repeats(&typed, period));
    let left = unpredictable(&typed, &words).min(unpredictable(&read, &words));
    match repeated || left < UNPREDICTABLE {
        true => Err(Weak::Predictable),
        false => Ok(()),
    }
}

/// As it is compared and hashed: keyboards differ in how they compose letters.
pub fn normalised(password: &str) -> String {
    password.nfc().collect()
}

fn words_in(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() >= PIECE)
}

/// What a digit or sign stands for in the place of a letter.
fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        other => other,
    }
}

/// Whether it is one short piece over and over.
fn repeats(text: &[char], period: usize) -> bool {
    text.iter().zip(text.iter().skip(period)).all(|(one, next)| one == next)
}

/// How many characters are in no predictable piece, nor alike to the one before.
fn unpredictable(text: &[char], words: &BTreeSet<String>) -> usize {
    let (mut at, mut left) = (0, 0);
    while at < text.len() {
        match predictable(&text[at..], words) {
            0 => {
                left += usize::from(at == 0 || text[at] != text[at - 1]);
                at += 1;
            }
            length => at += length,
        }
    }
    left
}

/// How long the longest predictable piece is that this begins with; 0 where there is none.
fn predictable(text: &[char], words: &BTreeSet<String>) -> usize {
    let longest_word = (PIECE..=text.len().min(40))
        .rev()
        .find(|length| words.contains(&text[..*length].iter().collect::<String>()));
    let alike = text.iter().take_while(|c| **c == text[0]).count();
    let in_row = ROWS.iter().map(|row| along(row, text)).max().unwrap_or(0);
    let runs = [alike, in_row].into_iter().filter(|length| *length >= PIECE).max();
    let year = text.len() >= 4
        && text[..4].iter().all(char::is_ascii_digit)
        && matches!(text[..2], ['1', '9'] | ['2', '0']);
    let year = if year { 4 } else { 0 };
    longest_word.unwrap_or(0).max(runs.unwrap_or(0)).max(year)
}

/// How far a text goes along a row, in either direction.
fn along(row: &str, text: &[char]) -> usize {
    let forth: Vec<char> = row.chars().collect();
    let back: Vec<char> = forth.iter().rev().copied().collect();
    let far = |row: &[char]| {
        let starts = row.iter().enumerate().filter(|(_, c)| **c == text[0]).map(|(at, _)| at);
        let same = |at: usize| row[at..].iter().zip(text).take_while(|(a, b)| a == b).count();
        starts.map(same).max().unwrap_or(0)
    };
    far(&forth).max(far(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [&str; 3] = ["grace.hopper@navy.example", "Grace Hopper", "Harbour Works"];

    #[track_caller]
    fn refused(passwords: &[&str]) {
        for password in passwords {
            assert_eq!(check(password, &ABOUT), Err(Weak::Predictable), "{password}");
        }
    }

    #[test]
    fn length_is_all_that_is_asked_of_what_nobody_guesses() {
        for fine in [
            "correct horse battery staple",
            "vnw83hfalq0z",
            "drei Störche im Regen",
            "mist-kelp-anchor-42",
            "дождь идёт в октябре",
            &"vnw83hfalq0z".repeat(21),
        ] {
            assert_eq!(check(fine, &ABOUT), Ok(()), "{fine}");
        }
        assert_eq!(check("vnw83hfalq0", &ABOUT), Err(Weak::TooShort));
        assert_eq!(check(&"vnw83hfalq0z4".repeat(20), &ABOUT), Err(Weak::TooLong));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        refused(&[
            "password1234",
            "Password2026!",
            "P@ssw0rd1234",
            "passwordpassword",
            "iloveyou2024!!",
            "WelcomeSummer2025",
            "letmeinletmein",
        ]);
    }

    #[test]
    fn rows_and_repetitions_are_refused() {
        refused(&[
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "123456789012",
            "qwertyuiop123",
            "1qaz2wsx3edc",
            "abcdefghijklmnop",
            "zyxwvutsrqpo",
            "x7kqx7kqx7kq",
        ]);
    }

    #[test]
    fn what_anybody_knows_of_the_owner_is_refused() {
        refused(&[
            "gracehopper1906",
            "grace.hopper@navy.example",
            "HarbourWorks!!",
            "Rollcall-2026!",
            "hopperhopper",
        ]);
    }
}
