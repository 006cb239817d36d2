//! Bodies that are pushed: good ones, and broken in every way that the schema can be broken, and JSON.
//! The same in every test.

use rollcall_domain::push::Form;
use serde_json::{Map, Value, json};

/// Words of every script, and what stands in texts beside words.
const WORDS: [&str; 24] = [
    "Ada",
    "Zoë",
    "Zoe\u{308}",
    "李小龍",
    "ヤマダ 太郎",
    "김민준",
    "Мария",
    "Σωκράτης",
    "محمد",
    "שָׁלוֹם",
    "प्रिया",
    "สมชาย",
    "თამარი",
    "Ưng Hoàng",
    "ⴰⵎⴰⵣⵉⵖ",
    "𠮷野家",
    "🧑‍🚀",
    "O'Neil",
    "a\"b\\c",
    "line\nbreak",
    "\u{0}",
    "\u{feff}x",
    "\u{202e}abc",
    "",
];
const DEPARTMENTS: [&str; 6] =
    ["Engineering > Mobile Team", "Sales", " > ", "売上 > 東京", "A>B>C>D", "Sales > Süd"];
/// Good and bad, some of them by a character.
const ADDRESSES: [&str; 22] = [
    "ada@example.com",
    "ÄDA@exämple.de",
    "a@b",
    "üser+tag@例え.jp",
    "a..b@c",
    "\"x\"@y",
    "a'b@c.d",
    "a\u{2027}b@c.d",
    "",
    "@",
    "a@",
    "@b",
    "a@b@c",
    "a b@c.d",
    " a@b.c",
    "a@b.c ",
    "a@b.c\n",
    "a@b\u{85}c",
    "a\u{a0}@b.c",
    "a\u{3000}@b.c",
    "a\u{feff}@b.c",
    "a@b.c\u{1f}",
];
const PROPERTIES: [&str; 13] = [
    "hris_id",
    "first_name",
    "last_name",
    "email",
    "job_title",
    "phone_number",
    "employee_id",
    "hire_date",
    "profile_image",
    "departments",
    "active",
    "manager",
    "cost_centre",
];

pub(super) struct Generator(u64);

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Generator(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A body, mostly with a fault or two.
    pub(super) fn body(&mut self) -> (Form, Vec<u8>) {
        let mut users: Vec<Value> = (0..self.below(5)).map(|place| self.user(place)).collect();
        for _ in 0..self.below(3) {
            if !users.is_empty() {
                let at = self.below(users.len());
                self.break_user(&mut users[at]);
            }
        }
        let form = if self.once_in(4) { Form::Ndjson } else { Form::Json };
        let mut text = match form {
            Form::Json => self.document(users).to_string(),
            Form::Ndjson => self.lines(&users),
        };
        if self.once_in(8) {
            text = self.written_otherwise(&text);
        }
        let mut bytes = text.into_bytes();
        if self.once_in(6) {
            self.break_bytes(&mut bytes);
        }
        (form, bytes)
    }

    fn user(&mut self, place: usize) -> Value {
        let mut user = Map::new();
        // Some come twice: no schema says that.
        let id = if self.once_in(60) { 0 } else { place };
        user.insert("hris_id".into(), format!("E{id}{}", self.one_of(&["", "ü", "-x"])).into());
        user.insert("first_name".into(), self.one_of(&WORDS).into());
        user.insert("last_name".into(), self.one_of(&WORDS).into());
        let address = if self.once_in(8) { self.one_of(&ADDRESSES) } else { ADDRESSES[0] };
        user.insert("email".into(), address.into());
        user.insert("active".into(), self.once_in(2).into());
        for name in ["job_title", "phone_number", "employee_id", "hire_date"] {
            if self.once_in(2) {
                user.insert(name.into(), self.one_of(&WORDS).into());
            }
        }
        if self.once_in(3) {
            let last =
                [json!(23_323_123_123_123_u64), json!("2016-10-25T08:00:00Z"), json!(-1.5e3)];
            let last = last[self.below(3)].clone();
            user.insert(
                "profile_image".into(),
                json!({ "url": "https://x", "last_modified": last }),
            );
        }
        if self.once_in(3) {
            let paths = (0..self.below(4)).map(|_| Value::from(self.one_of(&DEPARTMENTS)));
            user.insert("departments".into(), paths.collect());
        }
        if self.once_in(3) {
            user.insert("manager".into(), json!({ "hris_id": "E0" }));
        }
        if self.once_in(5) {
            let odd = self.odd();
            user.insert("cost_centre".into(), odd);
        }
        Value::Object(user)
    }

    fn break_user(&mut self, user: &mut Value) {
        let name = self.one_of(&PROPERTIES);
        let odd = self.odd();
        let Some(known) = user.as_object_mut() else { return };
        match self.below(8) {
            0 => *user = odd,
            1 | 2 => {
                known.remove(name);
            }
            3 => {
                let image = [("url", "https://x".into()), ("last_modified", odd)];
                let more = if self.once_in(2) { "cache_info" } else { "url" };
                let mut image = image.into_iter().chain([(more, self.odd())]).collect::<Vec<_>>();
                let count = 1 + self.below(3);
                image.rotate_left(count - 1);
                image.truncate(count);
                let image = image.into_iter().map(|(name, value)| (name.to_owned(), value));
                known.insert("profile_image".into(), Value::Object(image.collect()));
            }
            4 => {
                let manager = if self.once_in(2) { json!({}) } else { json!({ "hris_id": odd }) };
                known.insert("manager".into(), manager);
            }
            5 => {
                let paths = json!(["Sales", odd, self.odd(), "A > B"]);
                known.insert("departments".into(), paths);
            }
            6 => {
                known.insert("email".into(), self.one_of(&ADDRESSES).into());
            }
            _ => {
                known.insert(name.to_owned(), odd);
            }
        }
    }

    /// A value of any type.
    fn odd(&mut self) -> Value {
        match self.below(11) {
            0 => Value::Null,
            1 => Value::Bool(self.once_in(2)),
            2 => Value::from(self.next() as i64),
            3 => json!(0),
            4 => json!(1.5e-7),
            5 => json!([]),
            6 => json!({}),
            7 => json!([["users"], { "hris_id": 1 }]),
            8 => json!({ "hris_id": "E1", "url": "u", "users": [{ "a": [null] }] }),
            9 => "true".into(),
            _ => self.one_of(&WORDS).into(),
        }
    }

    fn document(&mut self, users: Vec<Value>) -> Value {
        match self.below(24) {
            0 => json!({}),
            1 => json!({ "users": self.odd() }),
            2 => self.odd(),
            3 => json!({ "user": users }),
            4 => json!({ "sent_by": self.odd(), "users": users, "at": self.odd() }),
            _ => json!({ "users": users }),
        }
    }

    fn lines(&mut self, users: &[Value]) -> String {
        let end = self.one_of(&["\n", "\r\n", "\n\n", "\n \t\n"]);
        let lines: Vec<String> = users.iter().map(Value::to_string).collect();
        let last = if self.once_in(2) { end } else { "" };
        lines.join(end) + last
    }

    /// The same JSON, or nearly, with other characters.
    fn written_otherwise(&mut self, text: &str) -> String {
        match self.below(7) {
            0 => format!("\u{feff}{text}"),
            1 => text.replace("\"hris_id\"", "\"\\u0068ris_id\""),
            2 => text.replace("\"users\"", "\"\\u0075sers\""),
            3 => text.replacen("\"email\"", "\"email\":1,\"email\"", 1),
            4 => text.replacen("{\"users\":", "{\"users\":[],\"users\":", 1),
            5 => text.replace(':', " :\t").replace(',', "\t, "),
            _ => format!(" \t{text}\r\n "),
        }
    }

    fn break_bytes(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let piece: [&[u8]; 16] = [
            b"\"", b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\n", b"\xff", b"\xc3",
            b"NaN", b"-", b"0", b"\\u12",
        ];
        let piece = piece[self.below(16)];
        match self.below(4) {
            0 => bytes.truncate(at),
            1 => {
                bytes.splice(at..at, piece.iter().copied());
            }
            2 if at < bytes.len() => {
                bytes.splice(at..=at, piece.iter().copied());
            }
            2 | 3 => {
                let end = (at + 1 + self.below(3)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {}
        }
    }
}
