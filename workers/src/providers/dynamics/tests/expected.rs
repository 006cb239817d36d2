//! Everybody of the cast, as written down here by hand, through either surface.
//!
//! Nothing of it comes from the simulator's books: what the cast is there for (a second company, a
//! vacant position, a circle, both sentinels, every script…) stands in `DYNAMICS.md`, by number.

use chrono::{Days, NaiveDate};
use rollcall_domain::connection::Surface;
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Standing};
use rollcall_domain::unit::Kind;

use super::{BOTH, Kept, cast, client, read_all, told};
use crate::providers::Provider;

/// Number, first name (that of Dataverse behind a slash), last name, e-mail, title, department,
/// manager, standing, type, first day, last day; `+1` is tomorrow.
const EVERYBODY: &str = "\
000011|Astrid|Lindholm|astrid.lindholm@acme.test|Chief Executive Officer|Leadership||there|Employee|2015-01-05|
000012|Tomás|O'Leary|tomas.oleary@acme.test|Head of Finance|Finance|000011|there|Employee|2015-01-05|
000013|Ngozi|Adeyemi|ngozi.adeyemi@acme.test|Head of Engineering|Engineering|000011|there|Employee|2015-01-05|
000014|Pilar|Reyes|pilar.reyes@acme.test|Controller|Finance|000012|there|Employee|2015-01-05|
000015|Marek|Novák|marek.novak@acme.test|Accountant|Finance|000012|there|Employee|2019-06-03|
000016|Dana|Whitfield|dana.whitfield@acme.test|Consultant|Engineering|000013|there|Contractor|2015-01-05|
000017|Ines|Farrow|ines.farrow@acme.test||||to come||+1|
000018|Jonas|Keller|jonas.keller@acme.test||||left||2015-01-05|-1
000019|Ruth|Abara|ruth.abara@acme.test|Adviser|||there|Employee|2015-01-05|
000020|Samir|Haddad|samir.haddad@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000021|Lena|Brandt|lena.brandt@acme.test|Recruiter|People|000012|there|Employee|2015-01-05|
000022|Yusuf|Demir|yusuf.demir@acme.test|Analyst|Finance|000012|there|Employee|2015-01-05|
000023|Grace|Osborne|grace.osborne@acme.test|Support Agent|Customer Care|000012|there|Employee|2015-01-05|
000024|Kofi|Mensah|kofi.mensah@acme.test|Buyer|Finance|000025|there|Employee|2015-01-05|
000025|Elsa|Vik|elsa.vik@acme.test|Seller|Finance|000024|there|Employee|2015-01-05|
000026|Hugo|Laurent|hugo.laurent@acme.test|Planner|Engineering||there|Employee|2015-01-05|
000027|Priya|Raman|priya.raman@acme.test|Project Engineer|Engineering||there|Employee|2015-01-05|
000028|Noor|Karimi||Engineer|Engineering|000013|there|Employee|2015-01-05|
000029|Bea|Fontaine|bea.fontaine@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000030|Kim|Park|kim.park@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000031|Kimberly|Park|kim.park@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000032|Olive|Hart||Engineer|Engineering|000013|there|Employee|2015-01-05|
000033|Zoë|Ångström-Łukasiewicz|zoe.angstrom@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000034|小龙|李|xiaolong.li@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000035|ليلى|حداد|layla.haddad@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000036|अनन्या|शर्मा|ananya.sharma@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000037|Ярослава|Ковальчук|yaroslava.kovalchuk@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000038|Piet/Pieter|van der Berg|piet.vanderberg@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000039|Otto|Falk|otto.falk@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000040|Wanda|Ruiz|wanda.ruiz@acme.test|Senior accountant, accruals|Finance|000012|there|Employee|2015-01-05|
000041|Mira|Osei|mira.osei@acme.test|Accountant|Finance|000042|there|Employee|2021-02-01|
000042|Henrik|Dahl|henrik.dahl@acme.test|Chief Accountant|Finance|000012|there|Employee|2015-01-05|
000043|Abel|Costa|abel.costa@acme.test|Payroll Clerk|Finance|000012|there|Employee|2015-01-05|
000044|Tove|Lund|tove.lund@acme.test|Bookkeeper|Finance|000012|there|Employee|2015-01-05|
000045|Rosa|Bianchi|rosa.bianchi@acme.test|Accountant|Finance|000012|there|Employee|2015-01-05|+30
000046|Ewan|Grant|ewan.grant@acme.test||||left||+30|2020-03-31
000047|Silvia|Conti|silvia.conti@acme.test|Engineer|Engineering|000013|there|Employee|2015-01-05|
000048|Bruno|Silva|bruno.silva@acme.test|Accountant|Finance|000012|there|Employee|2015-01-05|
000049|Uma|Krishnan|uma.krishnan@acme.test|Accountant|Finance|000012|there|Employee|2015-01-05|
000050|Ivo|Petrov|ivo.petrov@acme.test|Accountant||000012|there|Employee|2015-01-05|
000051|Nadia|Rossi|nadia.rossi@acme.test|Designer|Engineering|000013|there|Employee|2015-01-05|";

/// A day as it is written there.
fn day(written: &str, today: NaiveDate) -> String {
    match (written.strip_prefix('+'), written.strip_prefix('-')) {
        (Some(days), _) => (today + Days::new(days.parse().unwrap())).to_string(),
        (_, Some(days)) => (today - Days::new(days.parse().unwrap())).to_string(),
        (None, None) => written.to_owned(),
    }
}

fn assert_as_written(line: &str, one: &Employee, today: NaiveDate, surface: Surface) {
    let cells: Vec<&str> = line.split('|').collect();
    let [number, first, last, email, title, _, manager, there, kind, begin, end] = cells[..] else {
        panic!("{line}");
    };
    let (known_as, first) = first.split_once('/').unwrap_or((first, first));
    let first = if surface == Surface::FinanceOperations { known_as } else { first };
    let (begin, end) = (day(begin, today), day(end, today));
    for (field, written) in [
        (Field::EmployeeNumber, number),
        (Field::FirstName, first),
        (Field::LastName, last),
        (Field::Email, email),
        (Field::JobTitle, title),
        (Field::Manager, manager),
        (Field::EmploymentType, kind),
        (Field::HireDate, &begin),
        (Field::TerminationDate, &end),
    ] {
        let said = told(one, field).unwrap_or_default();
        assert_eq!(said, written, "{surface:?} {number} {field:?}");
    }
    let standing = match there {
        "there" => Standing::Active,
        "left" => Standing::Inactive,
        "to come" => Standing::NotStarted,
        other => panic!("{other}"),
    };
    assert_eq!(one.standing(today), standing, "{surface:?} {number}");
    assert!(one.unreadable.is_empty(), "{surface:?} {number}");
}

/// The name of the department somebody is in.
async fn department_of(kept: &Kept, number: &str, provider: &dyn Provider) -> String {
    let Some(key) = told(kept.person(number), Field::Departments) else { return String::new() };
    let units = provider.options().await.unwrap();
    let mut named = units.into_iter().filter(|unit| unit.kind == Kind::Department);
    named.find(|unit| unit.source_key == key).unwrap().name
}

#[tokio::test]
async fn everybody_ends_with_exactly_what_is_written_of_them() {
    let simulator = cast().await;
    let today = simulator.clock().date_naive();
    for surface in BOTH {
        let reader = client(&simulator, surface);
        let (summary, kept) = read_all(&reader).await.unwrap();

        assert!(summary.complete, "{surface:?} {summary:?}");
        assert_eq!(kept.people().count(), EVERYBODY.lines().count());
        for line in EVERYBODY.lines() {
            let number = line.split('|').next().unwrap();
            assert_as_written(line, kept.person(number), today, surface);
            let department = line.split('|').nth(5).unwrap();
            assert_eq!(department_of(&kept, number, &reader).await, department, "{number}");
        }
    }
}

#[test]
fn there_is_somebody_of_every_kind() {
    let line = |number: &str| EVERYBODY.lines().find(|line| line.starts_with(number)).unwrap();
    let cell = |number: &str, at: usize| line(number).split('|').nth(at).unwrap();
    let shared = |at: usize| {
        let mut cells: Vec<&str> =
            EVERYBODY.lines().map(|line| line.split('|').nth(at).unwrap()).collect();
        cells.retain(|cell| !cell.is_empty());
        let all = cells.len();
        cells.sort_unstable();
        cells.dedup();
        all - cells.len()
    };

    assert!(EVERYBODY.lines().count() >= 40);
    assert!(EVERYBODY.lines().all(|line| line.starts_with("0000")), "zeros lead");
    assert_eq!(shared(3), 1, "an e-mail is shared");
    assert_eq!((cell("000017", 7), cell("000018", 7)), ("to come", "left"));
    assert_eq!((cell("000024", 6), cell("000025", 6)), ("000025", "000024"), "a circle");
    assert_eq!((cell("000023", 6), cell("000026", 6)), ("000012", ""), "vacant above");
    assert_eq!((cell("000028", 3), cell("000032", 3)), ("", ""), "none, and a private one");
    assert_eq!((cell("000019", 4), cell("000027", 6)), ("Adviser", ""), "no position, a matrix");
}
