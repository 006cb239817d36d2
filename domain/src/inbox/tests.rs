//! given / when / then for marking all as read.

use super::*;
use crate::testing::given;

fn all_read(up_to: u64) -> Event {
    Event::AllRead { user: "olga".to_owned(), up_to }
}
fn read_all(up_to: u64) -> Command {
    Command::ReadAll { user: "olga".to_owned(), up_to }
}

#[test]
fn all_up_to_a_position_is_read() {
    given::<Inbox>([]).when(read_all(7)).then([all_read(7)]);
}

#[test]
fn what_was_read_stays_read() {
    given::<Inbox>([all_read(9)]).when(read_all(7)).then([all_read(9)]);
}

#[test]
fn it_is_counted_how_often_all_was_read() {
    assert_eq!(given::<Inbox>([all_read(7), all_read(9)]).state, Inbox { up_to: 9, sweeps: 2 });
}
