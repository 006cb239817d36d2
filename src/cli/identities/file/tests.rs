//! What lines of a file say, and which of them say nothing.

use super::*;

fn entry(source_id: &str) -> Entry {
    Entry { source_id: source_id.to_owned(), ..Entry::default() }
}
fn good(text: &str) -> Vec<(u64, Entry)> {
    let lines = parse(text.as_bytes()).unwrap();
    lines.into_iter().filter_map(|(line, entry)| Some((line, entry.ok()?))).collect()
}
/// Lines that are wrong: where, of which source id, why.
fn wrong(text: &str) -> Vec<(u64, String, String)> {
    let lines = parse(text.as_bytes()).unwrap();
    let wrong = |(line, entry): Line| entry.err().map(|one| (line, one.source_id, one.why));
    lines.into_iter().filter_map(wrong).collect()
}
fn refused(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err()
}

#[test]
fn a_line_is_an_actor_an_address_somebody_new_or_nobody_any_more() {
    let new = |id| Entry { new: true, ..entry(id) };
    let all = |lines: [u64; 5]| {
        let mira = Entry { email: Some("mira@example.test".into()), ..entry("67") };
        let ada = Entry { actor: Some("01A".into()), ..entry("68") };
        lines.into_iter().zip([mira, ada, new("69"), new("70"), entry("71")]).collect::<Vec<_>>()
    };
    let csv = "\u{feff}New,EMail, Source_ID ,actor\r\n\r\n,mira@example.test, 67,\r\nno,,68,01A\r\n\
               Yes,,69,\r\n \r\n1,,\"70\",\r\nFALSE,,71,\r\n";
    assert_eq!(good(csv), all([3, 4, 5, 7, 8]));
    assert_eq!(good(&csv.replace(',', ";")), all([3, 4, 5, 7, 8]));
    let json = r#" [{"source_id":67,"email":" mira@example.test "},{"source_id":"68","actor":"01A"},
        {"source_id":"69","new":true},{"source_id":" 70 ","new":true,"actor":null},
        {"source_id":"71","email":"","new":false}]"#;
    assert_eq!(good(json), all([1, 2, 3, 4, 5]));
}

#[test]
fn a_quote_that_is_not_closed_takes_no_other_line_along() {
    let csv = "source_id,email\n1,\"ada@example.test\n2,ben@example.test\n4,\"\"\"q\"\"@x\"\n";
    let wrong: Vec<_> = wrong(csv).into_iter().map(|(line, _, why)| (line, why)).collect();
    assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2]);
    assert!(wrong[0].1.contains("not closed"), "{wrong:?}");
    let good = good(csv);
    assert_eq!((good[0].0, good[0].1.source_id.as_str()), (3, "2"));
    assert_eq!((good[1].0, good[1].1.email.as_deref()), (4, Some("\"q\"@x")));
}

#[test]
fn a_row_of_another_width_takes_nothing_back() {
    let csv = "source_id,email\n1\n2,\n3,c@example.test,\n,d@example.test\n";
    let wrong: Vec<_> = wrong(csv).into_iter().map(|(line, id, _)| (line, id)).collect();
    assert_eq!(wrong, [(2, "1".into()), (4, "3".into()), (5, String::new())]);
    assert_eq!(good(csv), [(3, entry("2"))]);
    let odd = self::wrong("source_id,new\n1,perhaps\n");
    assert!(odd[0].2.contains("yes or no"), "{odd:?}");
}

#[test]
fn columns_are_known_and_there_once() {
    assert!(refused("source_id,email,Name\n").contains("\"name\""));
    assert!(refused("id;mail\n67;x").contains("\"id\", \"mail\""));
    assert!(refused("source_id,email,EMAIL\n").contains("twice: email"));
    for head in ["source_id\n", "email,new\n"] {
        assert!(refused(head).contains("expected are source_id"), "{head}");
    }
    assert!(parse(b"\r\n\r\n").unwrap().is_empty());
}

#[test]
fn bytes_that_are_no_text_are_not_shown() {
    let lines = parse(b"source_id,email\n67,\xff\n68,\n").unwrap();
    assert_eq!(lines[1], (3, Ok(entry("68"))));
    assert!(!lines[0].1.as_ref().unwrap_err().why.contains("67"));
    assert!(parse(b"source_id,\xff\n").unwrap_err().starts_with("line 1: "));
}

#[test]
fn an_element_is_wrong_by_itself() {
    let json = r#"[1, {"source_id":"2","mail":"x","id":3}, {"source_id":3,"email":4}, {"email":"x"},
        {"source_id":5.5}, {"source_id":"6","new":"yes"}, {"source_id":7}]"#;
    let expected = [
        "no object",
        r#"unknown fields: "mail", "id""#,
        "email must be a text",
        "missing",
        "whole number",
        "true or false",
    ];
    let wrong = wrong(json);
    assert_eq!(wrong.len(), expected.len());
    for ((place, (line, _, why)), expected) in (1..).zip(&wrong).zip(expected) {
        assert!(*line == place && why.contains(expected), "{place}: {why}");
    }
    assert_eq!(wrong[2].1, "3");
    assert_eq!(good(json), [(7, entry("7"))]);
}

#[test]
fn what_is_no_list_is_told_what_is_expected() {
    for text in ["{\"identities\":[]}", "[{\"source_id\":"] {
        assert!(refused(text).contains("a list of objects with source_id"), "{text}");
    }
}

#[test]
fn an_id_stands_there_once_and_texts_have_an_end() {
    let long = "x".repeat(LONGEST + 1);
    let wrong = wrong(&format!("source_id,email\n1,a@x\n1,b@x\n2,{long}\n"));
    assert_eq!(wrong[0].2, "this source id came before, on line 2");
    assert!(wrong[1].0 == 4 && wrong[1].2.contains("256"));
}
