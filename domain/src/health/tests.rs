//! given / when / then for every sentence of what is told of a connection's health.

use super::*;
use crate::testing::given;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}
fn seen(run: &str, hours: i64, reach: Reach, outcome: Outcome) -> Command {
    let (run, at) = (run.to_owned(), at(hours));
    Command::Observe(Observed { run, reach, outcome, began: at, at })
}
fn fails(run: &str, hours: i64) -> Command {
    seen(run, hours, Reach::Everybody, Outcome::Failed(FailureCode::Unavailable))
}
fn ends_well(run: &str, hours: i64) -> Command {
    seen(run, hours, Reach::Everybody, Outcome::Well)
}
fn failed_reading(run: &str, hours: i64, reach: Reach) -> Event {
    let (run, code, at) = (run.to_owned(), FailureCode::Unavailable, at(hours));
    Event::Failed { run, code, reach, at, quiet: false }
}
fn failed(run: &str, hours: i64) -> Event {
    failed_reading(run, hours, Reach::Everybody)
}
fn still_failing(run: &str, since: i64, hours: i64) -> Event {
    let (run, code) = (run.to_owned(), FailureCode::Unavailable);
    Event::StillFailing { run, code, since: at(since), at: at(hours) }
}
fn recovered(run: &str, since: i64, hours: i64) -> Event {
    Event::Recovered { run: run.to_owned(), since: at(since), at: at(hours), quiet: false }
}
fn quietly(mut event: Event) -> Event {
    if let Event::Failed { quiet, .. } | Event::Recovered { quiet, .. } = &mut event {
        *quiet = true;
    }
    event
}
/// A minute's look at a connection that ran a moment ago.
fn looked_at(hours: i64) -> Check {
    let now = at(hours);
    let (every, idle_since) = (TimeDelta::hours(24), Some(now));
    Check { now, active: true, idle_since, every, expires: None }
}
fn minute(hours: i64) -> Command {
    Command::Check(looked_at(hours))
}
fn idle(since: i64, hours: i64) -> Command {
    Command::Check(Check { idle_since: Some(at(since)), ..looked_at(hours) })
}
/// Three failures and three recoveries, one an hour.
fn six_transitions() -> Vec<Event> {
    (0..6)
        .map(|hour| match hour % 2 {
            0 => failed(&format!("r{hour}"), hour),
            _ => recovered(&format!("r{hour}"), hour - 1, hour),
        })
        .collect()
}
fn flapping() -> Vec<Event> {
    let seventh = quietly(failed("r6", 6));
    let starts = Event::Flapping { transitions: 7, at: at(6) };
    six_transitions().into_iter().chain([seventh, starts]).collect()
}

#[test]
fn a_healthy_connection_fails_with_its_first_failed_run() {
    given::<Health>([]).when(fails("r1", 1)).then([failed("r1", 1)]);
}

#[test]
fn what_goes_well_is_nothing_new_of_a_healthy_connection() {
    given::<Health>([]).when(ends_well("r1", 1)).then_nothing();
}

#[test]
fn what_says_nothing_of_the_connection_changes_nothing() {
    let neither = |run, hours| seen(run, hours, Reach::Everybody, Outcome::Neither);
    given::<Health>([]).when(neither("r1", 1)).then_nothing();
    given::<Health>([failed("r1", 1)]).when(neither("r2", 30)).then_nothing();
}

#[test]
fn the_same_failure_is_silent_for_a_day_and_then_told_once_a_day() {
    given::<Health>([failed("r1", 0)]).when(fails("r2", 23)).then_nothing();
    given::<Health>([failed("r1", 0)]).when(fails("r2", 24)).then([still_failing("r2", 0, 24)]);
    let told = [failed("r1", 0), still_failing("r2", 0, 24)];
    given::<Health>(told.clone()).when(fails("r3", 47)).then_nothing();
    given::<Health>(told).when(fails("r3", 48)).then([still_failing("r3", 0, 48)]);
}

#[test]
fn it_is_told_again_also_when_no_other_run_has_failed_since() {
    given::<Health>([failed("r1", 0)]).when(minute(23)).then_nothing();
    given::<Health>([failed("r1", 0)]).when(minute(24)).then([still_failing("r1", 0, 24)]);
}

#[test]
fn a_paused_connection_is_not_said_to_be_failing_still() {
    let paused = Check { active: false, idle_since: None, ..looked_at(30) };
    given::<Health>([failed("r1", 0)]).when(Command::Check(paused)).then_nothing();
}

#[test]
fn a_run_of_the_same_reach_heals() {
    given::<Health>([failed("r1", 1)]).when(ends_well("r2", 3)).then([recovered("r2", 1, 3)]);
    let of_deliveries = failed_reading("r1", 1, Reach::Deliveries);
    given::<Health>([of_deliveries])
        .when(seen("r2", 3, Reach::Deliveries, Outcome::Well))
        .then([recovered("r2", 1, 3)]);
}

#[test]
fn deliveries_do_not_heal_what_failed_for_everybody() {
    given::<Health>([failed("r1", 1)])
        .when(seen("r2", 3, Reach::Deliveries, Outcome::Well))
        .then_nothing();
}

#[test]
fn a_read_of_everybody_heals_everything() {
    given::<Health>([failed_reading("r1", 1, Reach::Deliveries)])
        .when(ends_well("r2", 3))
        .then([recovered("r2", 1, 3)]);
}

#[test]
fn a_failure_that_spreads_to_everybody_is_healed_by_everybody_only() {
    let first = failed_reading("r1", 1, Reach::Deliveries);
    let spread = Event::Spread { run: "r2".to_owned(), reach: Reach::Everybody, at: at(2) };
    given::<Health>([first.clone()]).when(fails("r2", 2)).then([spread.clone()]);
    given::<Health>([first, spread])
        .when(seen("r3", 3, Reach::Deliveries, Outcome::Well))
        .then_nothing();
}

#[test]
fn what_was_read_before_the_failure_does_not_heal_it() {
    let approved = Observed {
        run: "held".to_owned(),
        reach: Reach::Everybody,
        outcome: Outcome::Well,
        began: at(1),
        at: at(9),
    };
    given::<Health>([failed("r1", 5)]).when(Command::Observe(approved)).then_nothing();
}

#[test]
fn a_relapse_is_a_failure_of_its_own() {
    given::<Health>([failed("r1", 1), recovered("r2", 1, 2)])
        .when(fails("r3", 3))
        .then([failed("r3", 3)]);
}

#[test]
fn the_same_run_seen_twice_is_seen_once() {
    given::<Health>([failed("r1", 1)]).when(fails("r1", 1)).then_nothing();
    given::<Health>([failed("r1", 1), recovered("r2", 1, 2)])
        .when(ends_well("r2", 2))
        .then_nothing();
}

#[test]
fn a_run_that_is_seen_late_changes_nothing() {
    let known = [failed("r2", 5), recovered("r3", 5, 6)];
    given::<Health>(known.clone()).when(fails("r1", 4)).then_nothing();
    given::<Health>(known).when(fails("r2", 5)).then_nothing();
    given::<Health>([failed("r2", 5)]).when(ends_well("r1", 4)).then_nothing();
}

#[test]
fn the_seventh_transition_of_a_day_is_flapping() {
    given::<Health>(six_transitions())
        .when(fails("r6", 6))
        .then([quietly(failed("r6", 6)), Event::Flapping { transitions: 7, at: at(6) }]);
}

#[test]
fn six_transitions_or_seven_in_more_than_a_day_are_not() {
    given::<Health>(six_transitions()).when(fails("r6", 24)).then([failed("r6", 24)]);
}

#[test]
fn nothing_is_told_while_it_flaps() {
    given::<Health>(flapping()).when(ends_well("r7", 7)).then([quietly(recovered("r7", 6, 7))]);
    given::<Health>(flapping()).when(fails("r7", 29)).then_nothing();
    given::<Health>(flapping()).when(minute(29)).then_nothing();
}

#[test]
fn it_is_calm_after_a_day_without_a_transition() {
    let well = quietly(recovered("r7", 6, 7));
    given::<Health>(flapping().into_iter().chain([well.clone()])).when(minute(30)).then_nothing();
    given::<Health>(flapping().into_iter().chain([well.clone()]))
        .when(minute(31))
        .then([Event::Calmed { at: at(31) }]);
    given::<Health>(flapping().into_iter().chain([well, Event::Calmed { at: at(31) }]))
        .when(fails("r8", 32))
        .then([failed("r8", 32)]);
}

#[test]
fn what_still_fails_when_it_is_calm_is_told_again() {
    given::<Health>(flapping())
        .when(minute(30))
        .then([Event::Calmed { at: at(30) }, still_failing("r6", 6, 30)]);
}

#[test]
fn a_transition_after_a_calm_day_is_told_though_no_minute_looked() {
    given::<Health>(flapping())
        .when(ends_well("r7", 30))
        .then([Event::Calmed { at: at(30) }, recovered("r7", 6, 30)]);
}

#[test]
fn a_connection_is_stale_after_one_and_a_half_times_its_schedule() {
    given::<Health>([]).when(idle(0, 36)).then_nothing();
    given::<Health>([]).when(idle(0, 37)).then([stale(0, 37)]);
}

fn stale(since: i64, hours: i64) -> Event {
    Event::WentStale { since: at(since), at: at(hours) }
}

#[test]
fn staleness_is_told_once() {
    given::<Health>([stale(0, 37)]).when(idle(0, 90)).then_nothing();
    let over = [stale(0, 37), Event::Freshened { at: at(38) }];
    given::<Health>(over.clone()).when(idle(0, 39)).then_nothing();
    given::<Health>(over).when(idle(38, 75)).then([stale(38, 75)]);
}

#[test]
fn any_run_ends_staleness() {
    let fresh = Event::Freshened { at: at(40) };
    given::<Health>([stale(0, 37)])
        .when(seen("r1", 40, Reach::Deliveries, Outcome::Neither))
        .then([fresh.clone()]);
    given::<Health>([stale(0, 37)]).when(idle(40, 40)).then([fresh]);
}

#[test]
fn a_paused_connection_is_not_stale() {
    let paused = |hours| Check { active: false, idle_since: Some(at(0)), ..looked_at(hours) };
    given::<Health>([]).when(Command::Check(paused(90))).then_nothing();
    given::<Health>([stale(0, 37)])
        .when(Command::Check(paused(40)))
        .then([Event::Freshened { at: at(40) }]);
}

fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 6, 30).unwrap()
}
fn expires_in(days: i64) -> Command {
    Command::Check(Check { expires: Some((last_day(), days)), ..looked_at(0) })
}
fn warned(days: u32, warning: u32) -> Event {
    Event::CredentialExpiring { on: last_day(), days, warning }
}

#[test]
fn a_last_day_is_told_thirty_seven_and_one_days_before() {
    given::<Health>([]).when(expires_in(31)).then_nothing();
    given::<Health>([]).when(expires_in(30)).then([warned(30, 30)]);
    given::<Health>([warned(30, 30)]).when(expires_in(8)).then_nothing();
    given::<Health>([warned(30, 30)]).when(expires_in(7)).then([warned(7, 7)]);
    given::<Health>([warned(7, 7)]).when(expires_in(2)).then_nothing();
    given::<Health>([warned(7, 7)]).when(expires_in(1)).then([warned(1, 1)]);
    given::<Health>([warned(1, 1)]).when(expires_in(0)).then_nothing();
}

#[test]
fn one_that_is_entered_late_gets_the_nearest_warning_only() {
    given::<Health>([]).when(expires_in(5)).then([warned(5, 7)]);
    given::<Health>([]).when(expires_in(0)).then([warned(0, 1)]);
}

#[test]
fn what_is_over_is_not_about_to_expire() {
    given::<Health>([]).when(expires_in(-1)).then_nothing();
}

#[test]
fn another_last_day_is_warned_of_anew() {
    let other =
        Event::CredentialExpiring { on: last_day() - TimeDelta::days(90), days: 1, warning: 1 };
    given::<Health>([other]).when(expires_in(30)).then([warned(30, 30)]);
}

#[test]
fn only_what_says_that_the_connection_does_not_work_counts() {
    let counted: Vec<&str> = FailureCode::ALL
        .into_iter()
        .filter(|code| rules::counts(*code))
        .map(FailureCode::as_str)
        .collect();
    assert_eq!(
        counted,
        [
            "authentication",
            "permission",
            "environment",
            "rate_limited",
            "unavailable",
            "malformed_answer",
            "storage"
        ]
    );
}
