//! The lines of the people table (product.md §8.0) as Dynamics says them, in a read of everybody and
//! of one; what then becomes of the people is the planner's.

use chrono::{Days, NaiveDate};
use rollcall_domain::connection::Surface;
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Standing, Status};
use rollcall_simulators::dynamics::{Faults, Simulator, Spoil, Spoiled, personnel_number};
use serde_json::json;

use super::{BOTH, cast, client, read_all, told};
use crate::providers::{Lookup, Provider};

struct Both {
    simulator: Simulator,
    today: NaiveDate,
}

impl Both {
    async fn start() -> Both {
        let simulator = cast().await;
        let today = simulator.clock().date_naive();
        Both { simulator, today }
    }

    /// Somebody who was hired so many days from today, with a last day.
    fn hire(&self, from: i64, until: Option<i64>) -> String {
        let start = self.day(from).to_string();
        let fields = [("firstName", "Ada"), ("lastName", "New"), ("hireDate", &start)];
        let id = self.simulator.hire(fields).unwrap();
        if let Some(until) = until {
            self.simulator.terminate(id, self.day(until)).unwrap();
        }
        personnel_number(id)
    }

    fn day(&self, days: i64) -> NaiveDate {
        let apart = Days::new(days.unsigned_abs());
        if days < 0 { self.today - apart } else { self.today + apart }
    }

    /// As both surfaces say it, alone and among all.
    async fn said(&self, number: &str) -> Vec<Employee> {
        let mut said = vec![];
        for surface in BOTH {
            let reader = client(&self.simulator, surface);
            let (summary, kept) = read_all(&reader).await.unwrap();
            assert!(summary.complete, "{summary:?}");
            let found = reader.read_one(number).await.unwrap();
            let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
            assert_eq!(&employee, kept.person(number));
            said.push(employee);
        }
        said
    }

    async fn assert_standing(&self, number: &str, standing: Standing) {
        for one in self.said(number).await {
            assert_eq!(one.standing(self.today), standing, "{one:?}");
        }
    }
}

#[tokio::test]
async fn active_inactive_and_to_come() {
    let both = Both::start().await;
    let (active, gone, to_come) =
        (both.hire(-300, None), both.hire(-300, Some(-100)), both.hire(20, None));

    both.assert_standing(&active, Standing::Active).await;
    both.assert_standing(&gone, Standing::Inactive).await;
    both.assert_standing(&to_come, Standing::NotStarted).await;
    for one in both.said(&to_come).await {
        assert_eq!(one.starts_on, Some(both.day(20)), "the day is shown");
    }
}

#[tokio::test]
async fn whoever_leaves_later_is_there_until_then() {
    let both = Both::start().await;
    let leaving = both.hire(-300, Some(30));
    for one in both.said(&leaving).await {
        assert_eq!(one.standing(both.today), Standing::Active);
        assert_eq!(told(&one, Field::TerminationDate), Some(&*both.day(30).to_string()));
    }
}

#[tokio::test]
async fn whoever_comes_back_is_the_same_person_with_the_first_day_of_now() {
    let both = Both::start().await;
    let number = both.hire(-900, Some(-300));
    both.assert_standing(&number, Standing::Inactive).await;

    both.simulator.rehire(number.parse().unwrap()).unwrap();

    for one in both.said(&number).await {
        assert_eq!(one.standing(both.today), Standing::Active);
        assert_eq!(told(&one, Field::HireDate), Some(&*both.today.to_string()));
        assert_eq!(one.seen[&Field::TerminationDate], None);
    }
}

#[tokio::test]
async fn whose_record_was_erased_is_absent_and_not_found() {
    let both = Both::start().await;
    let number = both.hire(-300, None);
    both.simulator.delete(number.parse().unwrap()).unwrap();
    for surface in BOTH {
        let reader = client(&both.simulator, surface);
        let (summary, kept) = read_all(&reader).await.unwrap();
        assert!(summary.complete && kept.people().all(|one| one.source_id != number));
        assert_eq!(reader.read_one(&number).await.unwrap(), Lookup::NotFound);
    }
}

#[tokio::test]
async fn a_status_that_is_missing_empty_or_no_word_we_know_is_unknown() {
    let both = Both::start().await;
    for odd in [json!(null), json!(""), json!("Sabbatical"), json!(7), json!([]), json!({})] {
        let spoiled = Spoiled {
            set: "Workers".to_owned(),
            key: "000041".to_owned(),
            column: "WorkerStatus".to_owned(),
            how: Spoil::Shape(odd.clone()),
        };
        both.simulator.set_faults(Faults { spoiled: vec![spoiled], ..Faults::default() });
        let reader = client(&both.simulator, Surface::FinanceOperations);
        let (_, kept) = read_all(&reader).await.unwrap();
        assert_eq!(kept.person("000041").status, Status::Unknown, "{odd}");
        assert_eq!(kept.person("000042").status, Status::Active, "{odd}");
    }
}
