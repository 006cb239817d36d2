//! given / when / then for every rule and refusal of a tenant's members.

use super::*;
use crate::testing::given;

const ADMIN: By = By::Role(Role::Admin);
const OWNER: By = By::Role(Role::Owner);

fn joined(user: &str, role: Role) -> Event {
    Event::Joined { user: user.into(), role }
}
fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(day)
}
fn invite(invitation: &str, role: Role, by: By) -> Command {
    Command::Invite(NewInvitation {
        invitation: invitation.into(),
        role,
        email: "ada@engine.example".into(),
        address: "hash of ada".into(),
        token_hash: "00".into(),
        expires_at: at(7),
        user: None,
        by,
    })
}
fn invited(invitation: &str, role: Role) -> Event {
    Event::Invited {
        invitation: invitation.into(),
        role,
        address: "hash of ada".into(),
        token_hash: "00".into(),
        expires_at: at(7),
        replaces: None,
        personal: Some(Invitee { email: "ada@engine.example".into() }),
    }
}
fn accept(user: &str) -> Command {
    let (user, address) = (user.into(), "hash of ada".into());
    Command::Accept { invitation: "i1".into(), user, address, at: at(6) }
}
fn accepted(user: &str) -> Event {
    Event::InvitationAccepted { invitation: "i1".into(), user: user.into() }
}
fn change(user: &str, role: Role, by: By) -> Command {
    Command::ChangeRole { user: user.into(), role, by }
}
fn leave(user: &str, by: By) -> Command {
    Command::Leave { user: user.into(), by }
}
fn revoke(by: By) -> Command {
    Command::Revoke { invitation: "i1".into(), by }
}
fn two() -> [Event; 2] {
    [joined("olga", Role::Owner), joined("vera", Role::Viewer)]
}

#[test]
fn somebody_joins_and_twice_is_once() {
    let join = |role| Command::Join { user: "vera".into(), role, by: ADMIN };
    given::<Members>([]).when(join(Role::Viewer)).then([joined("vera", Role::Viewer)]);
    given::<Members>(two()).when(join(Role::Viewer)).then_nothing();
    given::<Members>(two()).when(join(Role::Editor)).then_refused(Refusal::AlreadyMember);
}

#[test]
fn a_role_is_changed_and_the_same_is_no_news() {
    let (user, old, new) = ("vera".into(), Role::Viewer, Role::Admin);
    let changed = Event::RoleChanged { user, old, new };
    given::<Members>(two()).when(change("vera", Role::Admin, ADMIN)).then([changed]);
    given::<Members>(two()).when(change("vera", Role::Viewer, ADMIN)).then_nothing();
}

#[test]
fn a_member_leaves() {
    let left = Event::Left { user: "vera".into() };
    given::<Members>(two()).when(leave("vera", ADMIN)).then([left.clone()]);
    let [olga, vera] = two();
    assert_eq!(given::<Members>([olga, vera, left]).state.role("vera"), Err(Refusal::NotMember));
}

#[test]
fn who_is_no_member_is_not_changed() {
    let no = Refusal::NotMember;
    given::<Members>(two()).when(change("nobody", Role::Viewer, OWNER)).then_refused(no);
    given::<Members>(two()).when(leave("nobody", OWNER)).then_refused(no);
}

#[test]
fn the_last_owner_stays_one_whoever_asks() {
    let no = Refusal::LastOwner;
    for by in [OWNER, By::Operator] {
        given::<Members>(two()).when(leave("olga", by)).then_refused(no);
        given::<Members>(two()).when(change("olga", Role::Admin, by)).then_refused(no);
    }
    let [olga, vera] = two();
    let other = joined("otto", Role::Owner);
    let left = Event::Left { user: "olga".into() };
    given::<Members>([olga, vera, other]).when(leave("olga", OWNER)).then([left]);
}

#[test]
fn only_owners_make_change_and_remove_owners() {
    let no = Refusal::OwnersOnly;
    let join = |by| Command::Join { user: "otto".into(), role: Role::Owner, by };
    for by in [ADMIN, By::Role(Role::Editor), By::Role(Role::Viewer), By::Role(Role::Auditor)] {
        given::<Members>(two()).when(join(by)).then_refused(no);
        given::<Members>(two()).when(change("vera", Role::Owner, by)).then_refused(no);
        given::<Members>(two()).when(change("olga", Role::Viewer, by)).then_refused(no);
        given::<Members>(two()).when(leave("olga", by)).then_refused(no);
        given::<Members>(two()).when(invite("i1", Role::Owner, by)).then_refused(no);
        given::<Members>([invited("i1", Role::Owner)]).when(revoke(by)).then_refused(no);
        // Nor by sending another one in its place.
        let open = [invited("i1", Role::Owner)];
        given::<Members>(open).when(invite("i2", Role::Viewer, by)).then_refused(no);
    }
    for by in [OWNER, By::Operator] {
        given::<Members>(two()).when(join(by)).then([joined("otto", Role::Owner)]);
    }
}

#[test]
fn who_is_invited_joins_by_accepting() {
    given::<Members>(two())
        .when(invite("i1", Role::Editor, ADMIN))
        .then([invited("i1", Role::Editor)]);
    given::<Members>([invited("i1", Role::Editor)])
        .when(accept("ada"))
        .then([joined("ada", Role::Editor), accepted("ada")]);
}

#[test]
fn accepting_twice_is_once_and_another_user_is_too_late() {
    let past = [invited("i1", Role::Editor), joined("ada", Role::Editor), accepted("ada")];
    given::<Members>(past.clone()).when(accept("ada")).then_nothing();
    given::<Members>(past.clone()).when(accept("eve")).then_refused(Refusal::Used);
    given::<Members>(past).when(revoke(OWNER)).then_refused(Refusal::Used);
}

#[test]
fn a_member_who_accepts_keeps_their_role() {
    given::<Members>([joined("ada", Role::Admin), invited("i1", Role::Viewer)])
        .when(accept("ada"))
        .then([accepted("ada")]);
}

#[test]
fn an_invitation_expires() {
    let late = |day| Command::Accept {
        invitation: "i1".into(),
        user: "ada".into(),
        address: "hash of ada".into(),
        at: at(day),
    };
    given::<Members>([invited("i1", Role::Editor)]).when(late(7)).then_refused(Refusal::Expired);
}

#[test]
fn an_invitation_is_for_one_address() {
    let other = Command::Accept {
        invitation: "i1".into(),
        user: "eve".into(),
        address: "hash of eve".into(),
        at: at(1),
    };
    given::<Members>([invited("i1", Role::Editor)])
        .when(other)
        .then_refused(Refusal::AnotherAddress);
}

#[test]
fn a_later_invitation_to_the_same_address_replaces_the_first() {
    let first = invited("i1", Role::Editor);
    let mut second = invited("i2", Role::Viewer);
    if let Event::Invited { replaces, .. } = &mut second {
        *replaces = Some("i1".into());
    }
    given::<Members>([first.clone()])
        .when(invite("i2", Role::Viewer, ADMIN))
        .then([second.clone()]);
    let past = [first, second];
    given::<Members>(past.clone()).when(accept("ada")).then_refused(Refusal::Replaced);
    given::<Members>(past).when(revoke(OWNER)).then_nothing();
}

#[test]
fn an_invitation_is_taken_back_and_twice_is_once() {
    let revoked = Event::InvitationRevoked { invitation: "i1".into() };
    let past = [invited("i1", Role::Editor), revoked.clone()];
    given::<Members>([invited("i1", Role::Editor)]).when(revoke(ADMIN)).then([revoked]);
    given::<Members>(past.clone()).when(revoke(ADMIN)).then_nothing();
    given::<Members>(past).when(accept("ada")).then_refused(Refusal::Revoked);
}

#[test]
fn what_nobody_sent_is_neither_accepted_nor_taken_back() {
    given::<Members>([]).when(accept("ada")).then_refused(Refusal::NoInvitation);
    given::<Members>([]).when(revoke(OWNER)).then_refused(Refusal::NoInvitation);
}

#[test]
fn who_is_a_member_is_not_invited() {
    let Command::Invite(new) = invite("i1", Role::Viewer, OWNER) else { unreachable!() };
    let again = Command::Invite(NewInvitation { user: Some("vera".into()), ..new });
    given::<Members>(two()).when(again).then_refused(Refusal::AlreadyMember);
}
