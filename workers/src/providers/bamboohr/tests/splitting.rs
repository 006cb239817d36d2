//! However an answer is cut into pieces, the same employees come out.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::providers::splitter::{Splitter, Unsplit};

/// The elements and the envelope of a text that comes in these pieces.
fn split<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<Vec<u8>>, Vec<u8>), Unsplit> {
    let (mut splitter, mut found) = (Splitter::of("employees"), Vec::new());
    for piece in pieces {
        splitter.push(piece, |object| -> Result<(), Unsplit> {
            found.push(object.to_vec());
            Ok(())
        })?;
    }
    Ok((found, splitter.finish()?))
}

/// Text with everything that could confuse: quotes, backslashes, brackets, the magic word.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("\\\"".to_owned()),
        Just("employees\":[{".to_owned()),
        Just("]}".to_owned()),
        Just("ü\n\u{1}".to_owned()),
        "[a-z{}\\[\\],:]{0,4}",
    ];
    proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

fn record() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let inner = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map(text(), inner, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// What may stand in the list: a record, mostly.
fn element() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => record(),
        1 => text().prop_map(Value::from),
        1 => prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from)],
        1 => Just(json!([[], {"employees": "]"}])),
    ]
}

fn answer() -> impl Strategy<Value = Value> {
    let records = proptest::collection::vec(element(), 0..6);
    (text(), record(), records).prop_map(|(title, head, records)| {
        json!({
            "title": title,
            "aside": {"employees": [head.clone(), 1]},
            "employees": records,
            "fields": [head, "employees", []],
        })
    })
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_employees(
        answer in answer(),
        pretty in any::<bool>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let text = if pretty { serde_json::to_vec_pretty(&answer) } else { serde_json::to_vec(&answer) };
        let text = text.unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([text.len()]) {
            pieces.push(&text[from..cut]);
            from = cut;
        }

        let whole = split([text.as_slice()]).unwrap();
        prop_assert_eq!(&split(pieces).unwrap(), &whole);
        prop_assert_eq!(&split(text.chunks(1)).unwrap(), &whole);

        let (records, envelope) = whole;
        let records: Vec<Value> =
            records.iter().map(|record| serde_json::from_slice(record).unwrap()).collect();
        prop_assert_eq!(Value::from(records), answer["employees"].clone());
        let mut rest = answer;
        rest["employees"] = json!([]);
        prop_assert_eq!(serde_json::from_slice::<Value>(&envelope).unwrap(), rest);
    }

    #[test]
    fn no_beginning_of_an_answer_passes_for_a_whole_one(answer in answer()) {
        let text = serde_json::to_vec(&answer).unwrap();
        for end in 0..text.len() {
            prop_assert_eq!(split([&text[..end]]).unwrap_err(), Unsplit::Truncated);
        }
    }
}

#[test]
fn what_has_no_such_list_is_refused() {
    for (text, why) in [
        ("<!DOCTYPE html><html>", Unsplit::WebPage),
        ("  \n<html>", Unsplit::WebPage),
        ("[]", Unsplit::NotJson),
        ("Too many requests", Unsplit::NotJson),
        (r#"{"employees":[]} {"#, Unsplit::NotJson),
        (r#"{"employees":[{}{}]}"#, Unsplit::NotJson),
        (r#"{"employees":[{},]}"#, Unsplit::NotJson),
        (r#"{"employees":[,{}]}"#, Unsplit::NotJson),
        (r#"{"employees":{"0"}}"#, Unsplit::NotJson),
        (r#"{"employees":{"0":{},}}"#, Unsplit::NotJson),
        (r#"{"employees":{"0":{}"1":{}}}"#, Unsplit::NotJson),
        (r#"{"employees":{0:{}}}"#, Unsplit::NotJson),
        (r#"{"employees":{"0":}}"#, Unsplit::NotJson),
        (r#"{"employees":[{}}"#, Unsplit::NotJson),
        ("", Unsplit::Truncated),
        (r#"{"employees":[{}]"#, Unsplit::Truncated),
    ] {
        assert_eq!(split([text.as_bytes()]).unwrap_err(), why, "{text}");
    }
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let piece = vec![b'a'; 1024 * 1024];
    for head in [r#"{"title":""#, r#"{"employees":[{"a":""#] {
        let pieces =
            std::iter::once(head.as_bytes()).chain(std::iter::repeat_n(piece.as_slice(), 9));
        assert_eq!(split(pieces).unwrap_err(), Unsplit::TooLarge);
    }
}

/// Elements with everything that is no text, or no record.
const ODD: [&[u8]; 9] = [
    br#"{"id":"11","firstName":"Pat \ud83c"}"#,
    b"{\"id\":\"12\",\"firstName\":\"M\xfcl\xf0\x9f\"}",
    b"{\"id\":\"13\",\"firstName\":\"a\nb\x00\x01\"}",
    br#"{"id":"14","firstName":oops}"#,
    b"\"]},{\\\"\\\\\"",
    b"67",
    b"null",
    b"[[],{}]",
    br#"{"id":"15"}"#,
];

#[test]
fn odd_elements_come_out_wherever_the_answer_is_cut() {
    let listed = ODD.map(<[u8]>::to_vec).join(&b" ,\n"[..]);
    let named = |(at, one): (usize, &&[u8])| [format!("\"{at}\" : ").as_bytes(), one].concat();
    let keyed = ODD.iter().enumerate().map(named).collect::<Vec<_>>().join(&b","[..]);
    for (open, elements, close) in [("[", listed, "]"), ("{", keyed, "}")] {
        let head = format!("{{\"employees\":{open}");
        let text = [b"\xef\xbb\xbf", head.as_bytes(), &elements, close.as_bytes(), b"}"].concat();

        let (found, envelope) = split([text.as_slice()]).unwrap();
        assert_eq!(found, ODD);
        assert_eq!(envelope, format!("{head}{close}}}").as_bytes());
        for cut in 0..=text.len() {
            let (before, behind) = text.split_at(cut);
            assert_eq!(
                split([before, behind]).unwrap(),
                (found.clone(), envelope.clone()),
                "{cut}"
            );
            if cut < text.len() {
                assert_eq!(split([before]).unwrap_err(), Unsplit::Truncated, "{cut}");
            }
        }
        assert_eq!(split(text.chunks(1)).unwrap(), (found, envelope));
    }
}
