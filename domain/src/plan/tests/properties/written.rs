//! Plans that are written down, looked at by a person, and made again from what they were made of.

use super::*;

fn read_back<T: serde::Serialize + serde::de::DeserializeOwned>(one: &T) -> T {
    let text = serde_json::to_vec(one).expect("it is made of text and numbers");
    serde_json::from_slice(&text).expect("it was written by us")
}

/// What is written down of a plan: whoever is only counted is left out.
fn written(mut plan: Vec<Step>) -> Vec<Step> {
    plan.retain(Step::says_anything);
    plan
}

/// The observations of a written plan, as an approved run finds them.
fn observations(plan: &[Step]) -> Vec<Observation> {
    plan.iter().map(|step| read_back(step).observation).collect()
}

#[test]
fn who_takes_the_place_of_their_manager_does_so_with_them_or_not_at_all() {
    let reports = |id: &str, manager: Option<&str>| Employee {
        source_id: id.to_owned(),
        seen: Seen::from([(Field::Manager, manager.map(Value::from))]),
        ..employee(Status::Active)
    };
    let mut roster = Roster::new();
    let first = sync(&roster, &[reports("1", Some("2")), reports("2", None)], rules());
    apply(&mut roster, &first);
    let plan = sync(&roster, &[reports("1", None), reports("2", Some("1"))], rules());
    let [one, two] = plan.as_slice() else { panic!("{plan:?}") };

    let left_out = |approved: &[&Decision]| {
        let mut part = Part::default();
        approved.iter().for_each(|decision| part.add(decision));
        part.above_themselves(&Managing::of(&known(&roster)))
    };

    assert_eq!(left_out(&[two]), [two.actor.clone()].into());
    assert!(left_out(&[one]).is_empty() && left_out(&[one, two]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_plan_that_is_written_down_reads_back_and_is_made_again(
        before in employees(), now in employees(), by_hand in by_hand(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        meddle(&mut roster, &by_hand);
        let (observed, unseen) = compared(&roster, &now, &rules());

        let plan = written(planned(&roster, &observed, unseen.clone(), rules()));
        let again = planned(&roster, &observations(&plan), unseen, rules());

        for step in &plan {
            prop_assert_eq!(&read_back(step), step);
        }
        prop_assert_eq!(again, plan);
    }

    /// Whoever was changed since has another plan, so that an approval never applies to them what a
    /// person did not see.
    #[test]
    fn whoever_moved_since_is_planned_otherwise(
        before in employees(), now in employees(), by_hand in by_hand(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        let (observed, unseen) = compared(&roster, &now, &rules());
        let plan = written(planned(&roster, &observed, unseen.clone(), rules()));
        let was = roster.clone();
        meddle(&mut roster, &by_hand);

        let again = planned(&roster, &observations(&plan), unseen, rules());

        let moved = |id: &String| was.get(id).map(|(_, at)| at) != roster.get(id).map(|(_, at)| at);
        for step in plan.iter().filter(|step| moved(&step.decision.actor)) {
            prop_assert!(!again.contains(step), "{:?}", step);
        }
    }

    #[test]
    fn whoever_is_approved_without_the_others_does_not_end_up_above_themselves(
        before in employees(), now in employees(), approved in prop::collection::vec(any::<bool>(), 9),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        let (observed, unseen) = compared(&roster, &now, &rules());
        let plan = planned(&roster, &observed, unseen, rules());
        let approved = plan.into_iter().zip(approved).filter(|(_, approved)| *approved);
        let mut decisions: Vec<Decision> = approved.map(|(step, _)| step.decision).collect();
        let mut part = Part::default();
        decisions.iter().for_each(|decision| part.add(decision));

        let left_out = part.above_themselves(&Managing::of(&known(&roster)));

        decisions.retain(|decision| !left_out.contains(&decision.actor));
        apply(&mut roster, &decisions);
        prop_assert!(!goes_round(&managers(&known(&roster))));
    }

    #[test]
    fn a_whole_plan_leaves_nobody_out(before in employees(), now in employees()) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        let mut part = Part::default();
        sync(&roster, &now, rules()).iter().for_each(|decision| part.add(decision));
        prop_assert!(part.above_themselves(&Managing::of(&known(&roster))).is_empty());
    }
}
