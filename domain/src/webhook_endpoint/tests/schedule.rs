//! When a message is tried again.

use chrono::{DateTime, TimeDelta};

use super::super::schedule::{TRIES, next_step, step, wait};

#[test]
fn a_message_is_tried_ten_times_within_three_days_and_a_bit() {
    let waits: Vec<i64> =
        (1..TRIES).map(|failures| wait(failures, None, 0).unwrap().num_seconds()).collect();
    assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    assert_eq!((wait(TRIES, None, 0), wait(0, None, 0)), (None, None));
}

#[test]
fn up_to_a_tenth_is_added() {
    for failures in 1..TRIES {
        let (least, most) = (wait(failures, None, 0), wait(failures, None, u16::MAX));
        let (least, most) = (least.unwrap(), most.unwrap());
        assert_eq!(most, least + least / 10);
        let some = wait(failures, None, 12_345).unwrap();
        assert!(least < some && some < most);
    }
}

#[test]
fn what_the_receiver_asks_for_is_waited_but_not_for_ever() {
    let asked = |seconds| wait(1, Some(TimeDelta::seconds(seconds)), 0).unwrap().num_seconds();
    assert_eq!((asked(2), asked(60), asked(i64::MAX / 1_000)), (5, 60, 86_400));
}

#[test]
fn steps_follow_one_another() {
    let since = DateTime::UNIX_EPOCH;
    let mut told = 0;
    for (percent, hours) in [(50, 60), (70, 84), (90, 108), (100, 120)] {
        let due = next_step(since, told).unwrap();
        assert_eq!(due, since + TimeDelta::hours(hours));
        assert_eq!(step(since, due), Some(percent));
        assert_ne!(step(since, due - TimeDelta::seconds(1)), Some(percent));
        told = percent;
    }
    assert_eq!(next_step(since, told), None);
}
