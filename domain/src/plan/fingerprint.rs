//! A short proof that a roster row needs nothing, so that unchanged people need not be loaded.

use std::borrow::Borrow;

use sha2::{Digest, Sha256};

use super::{Employee, Rules, Standing};
use crate::field::{Field, Fields, Value, comparable};

/// For rows that must always be looked at: out of sync, deleted at the source, erased, or of
/// another source. No fingerprint has this value.
pub const NO_FINGERPRINT: u64 = 0;

/// The fingerprint of a roster row that is in sync: the first 8 bytes of a SHA-256. Fields of
/// inactive people don't count, since a source that says inactive changes none.
pub fn fingerprint(active: bool, fields: &Fields) -> u64 {
    let counted = active.then_some(fields).into_iter().flatten();
    of(active, counted.map(|(field, value)| (*field, value)))
}

/// `fields` in their own order.
fn of<V: Borrow<Value>>(active: bool, fields: impl Iterator<Item = (Field, V)>) -> u64 {
    let mut hash = Sha256::new();
    hash.update([u8::from(active)]);
    for (field, value) in fields {
        put(&mut hash, field.as_str());
        match &*comparable(field, value.borrow()) {
            Value::Text(text) => {
                hash.update(b"t");
                put(&mut hash, text);
            }
            Value::List(items) => {
                hash.update(b"l");
                hash.update((items.len() as u64).to_be_bytes());
                items.iter().for_each(|item| put(&mut hash, item));
            }
        }
    }
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first).max(1)
}

/// The fingerprint the person's row has if nothing needs to change; `None` where the employee has
/// to be planned in any case.
///
/// If it equals the row's own, `plan_person` would say `Unchanged` and note nothing.
pub fn expected_fingerprint(employee: &Employee, rules: &Rules) -> Option<u64> {
    if rules.expected_fields.iter().any(|field| !employee.seen.contains_key(field)) {
        return None;
    }
    match employee.standing(rules.today) {
        Standing::Active => {
            let own = employee.seen.get(&Field::Manager).and_then(Option::as_ref);
            let own_manager = own.and_then(Value::text) == Some(&employee.source_id);
            let present = employee
                .seen
                .iter()
                .filter_map(|(field, said)| Some((*field, rules.ours(*field, said.as_ref()?)?)));
            let plain = !own_manager && employee.unreadable.is_empty();
            plain.then(|| of(true, present))
        }
        Standing::Inactive => Some(fingerprint(false, &Fields::new())),
        Standing::NotStarted | Standing::Deleted | Standing::Unknown | Standing::Ignored => None,
    }
}

/// Length first, so that no two texts run together.
fn put(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}
