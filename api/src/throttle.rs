//! How often somebody may try a password: windows per address, per client and per device, in memory
//! and bounded. They are a node's own, and a restart forgets them; what guessing costs at least is
//! `passwords`' to say.
//!
//! Nobody is locked out by others: a device that signed in before has a window of its own, and the one
//! of an e-mail address never closes for longer than a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Whose tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The keyed hash of an e-mail address.
    Address(String),
    /// Where requests come from.
    Client(String),
    /// One that signed in before.
    Device(String),
    /// Somebody who is signed in and gives their password once more.
    User(String),
}

impl Key {
    /// Failures without a wait, and the longest wait after that.
    fn limits(&self) -> (u32, Duration) {
        match self {
            Key::Address(_) => (5, Duration::from_secs(60)),
            // Many people may share one.
            Key::Client(_) => (20, Duration::from_secs(15 * 60)),
            Key::Device(_) | Key::User(_) => (5, Duration::from_secs(15 * 60)),
        }
    }

    fn wait(&self, failures: u32) -> Duration {
        let (free, longest) = self.limits();
        match failures.checked_sub(free) {
            None | Some(0) => Duration::ZERO,
            Some(more) => Duration::from_secs(1 << (more - 1).min(20)).min(longest),
        }
    }
}

/// A window is forgotten when nothing failed for so long.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
const MOST: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    failures: u32,
    last: DateTime<Utc>,
    /// The one before, which counts where the last try was no failure.
    before: DateTime<Utc>,
}

#[derive(Default)]
pub(crate) struct Throttle {
    windows: Mutex<HashMap<Key, Window>>,
}

impl Throttle {
    /// Counts a try as a failure until it is known to be none; or says how long to wait. What has to
    /// wait is not counted.
    pub(crate) fn begin(&self, keys: &[Key], now: DateTime<Utc>) -> Result<(), Duration> {
        let mut windows = self.lock();
        let wait = |key: &Key| {
            let window = windows.get(key)?;
            let until = window.last + TimeDelta::from_std(key.wait(window.failures)).ok()?;
            (until - now).to_std().ok().filter(|wait| !wait.is_zero())
        };
        if let Some(wait) = keys.iter().filter_map(wait).max() {
            return Err(wait);
        }
        for key in keys {
            make_room(&mut windows, now);
            let fresh = Window { failures: 0, last: now, before: now };
            let window = windows.entry(key.clone()).or_insert(fresh);
            let failures = match window.last + FORGOTTEN <= now {
                true => 0,
                false => window.failures.saturating_sub(minutes(window.last, now)),
            };
            *window = Window { failures: failures + 1, last: now, before: window.last };
        }
        Ok(())
    }

    /// It was no failure: neither fits nor fails what could not be looked at.
    pub(crate) fn take_back(&self, keys: &[Key]) {
        let mut windows = self.lock();
        for key in keys {
            if let Some(window) = windows.get_mut(key) {
                window.failures = window.failures.saturating_sub(1);
                window.last = window.before;
            }
        }
    }

    /// The password was right. What came from the same client for other addresses still counts.
    pub(crate) fn succeeded(&self, keys: &[Key]) {
        self.take_back(keys);
        self.lock().retain(|key, _| matches!(key, Key::Client(_)) || !keys.contains(key));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of many people at one address somebody always mistypes: a failure a minute is forgotten.
fn minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    u32::try_from((to - from).num_minutes()).unwrap_or_default()
}

/// Forgets what is over; where that is not enough, what is oldest.
fn make_room(windows: &mut HashMap<Key, Window>, now: DateTime<Utc>) {
    if windows.len() < MOST {
        return;
    }
    windows.retain(|_, window| now < window.last + FORGOTTEN);
    if windows.len() >= MOST {
        let oldest = windows.iter().min_by_key(|(_, window)| window.last);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            windows.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }
    fn grace() -> Key {
        Key::Address("grace".into())
    }
    fn seconds(seconds: u64) -> Result<(), Duration> {
        Err(Duration::from_secs(seconds))
    }

    #[test]
    fn waits_double_up_to_a_minute_for_an_address() {
        let throttle = Throttle::default();
        let mut now = 0;
        for _ in 0..6 {
            assert_eq!(throttle.begin(&[grace()], at(now)), Ok(()));
        }
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(throttle.begin(&[grace()], at(now)), seconds(wait));
            now += i64::try_from(wait).unwrap();
            assert_eq!(throttle.begin(&[grace()], at(now)), Ok(()));
        }
    }

    #[test]
    fn what_has_to_wait_is_not_counted() {
        let throttle = Throttle::default();
        while throttle.begin(&[grace()], at(0)).is_ok() {}
        for _ in 0..100 {
            assert_eq!(throttle.begin(&[grace()], at(0)), seconds(1));
        }
        assert_eq!(throttle.begin(&[grace()], at(1)), Ok(()));
    }

    #[test]
    fn a_device_of_its_own_does_not_wait_for_others() {
        let throttle = Throttle::default();
        while throttle.begin(&[grace()], at(0)).is_ok() {}
        assert_eq!(throttle.begin(&[Key::Device("hers".into())], at(0)), Ok(()));
    }

    #[test]
    fn a_success_forgets_the_address_but_not_what_its_client_did_to_others() {
        let throttle = Throttle::default();
        let client = Key::Client("192.0.2.1".into());
        for other in 0..20 {
            let other = Key::Address(format!("other {other}"));
            throttle.begin(&[other, client.clone()], at(0)).unwrap();
        }
        let mine = [grace(), client.clone()];
        throttle.begin(&mine, at(0)).unwrap();
        throttle.succeeded(&mine);
        assert_eq!(
            throttle.begin(&[Key::Address("one more".into()), client.clone()], at(0)),
            Ok(())
        );
        assert_eq!(throttle.begin(&[client], at(0)), seconds(1));
    }

    #[test]
    fn failures_are_forgotten_after_an_hour() {
        let throttle = Throttle::default();
        while throttle.begin(&[grace()], at(0)).is_ok() {}
        for _ in 0..6 {
            assert_eq!(throttle.begin(&[grace()], at(3600)), Ok(()));
        }
    }

    #[test]
    fn an_office_that_signs_in_all_day_does_not_wait() {
        let (throttle, client) = (Throttle::default(), [Key::Client("192.0.2.1".into())]);
        for minute in 0..600 {
            let now = at(60 * minute);
            assert_eq!(throttle.begin(&client, now), Ok(()), "a wrong one");
            assert_eq!(throttle.begin(&client, now), Ok(()), "the right one");
            throttle.succeeded(&client);
        }
    }

    #[test]
    fn windows_are_bounded() {
        let throttle = Throttle::default();
        for n in 0..MOST + 10 {
            let n = i64::try_from(n).unwrap();
            throttle.begin(&[Key::Client(n.to_string())], at(n / 100)).unwrap();
        }
        assert!(throttle.lock().len() <= MOST);
    }
}
