//! given / when / then for every rule and refusal of a tenant's members.

use chrono::TimeDelta;

use super::*;
use crate::mail::Needless;
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
        maker: None,
        mailed: false,
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
        maker: None,
        mailed: false,
        personal: Some(Invitee { email: "ada@engine.example".into() }),
    }
}
fn invited_by(maker: &str, invitation: &str, role: Role) -> Event {
    let mut event = invited(invitation, role);
    if let Event::Invited { maker: made_by, address, .. } = &mut event {
        *made_by = Some(maker.into());
        *address = format!("hash of {invitation}");
    }
    event
}
fn revoked(invitation: &str) -> Event {
    Event::InvitationRevoked { invitation: invitation.into() }
}
fn join(user: &str, role: Role, by: By) -> Command {
    Command::Join { user: user.into(), role, address: Some(format!("hash of {user}")), by }
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
    let join = |role| join("vera", role, ADMIN);
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
    let join = |by| join("otto", Role::Owner, by);
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

#[test]
fn an_invitation_goes_with_whoever_made_it() {
    let past = [
        joined("olga", Role::Owner),
        joined("adam", Role::Admin),
        invited_by("adam", "i1", Role::Editor),
        invited_by("olga", "i2", Role::Editor),
        invited_by("adam", "i3", Role::Viewer),
        revoked("i3"),
    ];
    let left = Event::Left { user: "adam".into() };
    given::<Members>(past.clone()).when(leave("adam", OWNER)).then([left, revoked("i1")]);
    let changed = |old, new| Event::RoleChanged { user: "adam".into(), old, new };
    given::<Members>(past.clone())
        .when(change("adam", Role::Auditor, OWNER))
        .then([changed(Role::Admin, Role::Auditor), revoked("i1")]);
    given::<Members>(past)
        .when(change("adam", Role::Owner, OWNER))
        .then([changed(Role::Admin, Role::Owner)]);
}

#[test]
fn an_owner_who_becomes_an_admin_makes_no_owners_any_more() {
    let past = [
        joined("olga", Role::Owner),
        joined("otto", Role::Owner),
        invited_by("otto", "i1", Role::Owner),
        invited_by("otto", "i2", Role::Viewer),
    ];
    let changed = Event::RoleChanged { user: "otto".into(), old: Role::Owner, new: Role::Admin };
    given::<Members>(past).when(change("otto", Role::Admin, OWNER)).then([changed, revoked("i1")]);
}

#[test]
fn who_joins_without_their_invitation_has_no_use_for_it() {
    let past = [invited("i1", Role::Editor)];
    let after = [joined("ada", Role::Viewer), accepted("ada")];
    given::<Members>(past.clone())
        .when(join("ada", Role::Viewer, By::Operator))
        .then(after.clone());
    given::<Members>(past.clone())
        .when(join("eve", Role::Viewer, By::Operator))
        .then([joined("eve", Role::Viewer)]);
    let [invited] = past;
    let [joined, accepted] = after;
    given::<Members>([invited, joined, accepted]).when(accept("ada")).then_nothing();
}

fn mail(user: &str, off: &[Category]) -> Command {
    Command::ChangeMail { user: user.into(), off: off.iter().copied().collect() }
}
fn mail_changed(user: &str, off: &[Category]) -> Event {
    Event::MailChanged { user: user.into(), off: off.iter().copied().collect() }
}

#[test]
fn a_member_chooses_what_is_mailed_and_the_same_is_no_news() {
    let off = [Category::Plans, Category::Webhooks];
    given::<Members>(two()).when(mail("olga", &[])).then_nothing();
    given::<Members>(two()).when(mail("olga", &off)).then([mail_changed("olga", &off)]);
    let [olga, vera] = two();
    let past = [olga, vera, mail_changed("olga", &off)];
    given::<Members>(past.clone()).when(mail("olga", &off)).then_nothing();
    given::<Members>(past).when(mail("olga", &[])).then([mail_changed("olga", &[])]);
    given::<Members>(two()).when(mail("nobody", &off)).then_refused(Refusal::NotMember);
}

#[test]
fn the_last_owner_hears_of_failures() {
    let off = [Category::Failures];
    let [olga, vera] = two();
    let otto = joined("otto", Role::Owner);
    given::<Members>(two()).when(mail("olga", &off)).then_refused(Refusal::LastOwnerIsTold);
    given::<Members>([olga.clone(), vera.clone(), otto.clone()])
        .when(mail("olga", &off))
        .then([mail_changed("olga", &off)]);

    let both = given::<Members>([olga, vera, otto, mail_changed("olga", &off)]).state;
    assert_eq!(both.needs_no_mail("olga", Category::Failures), Some(Needless::OptedOut));
    let alone = both.evolve(&Event::Left { user: "otto".into() });
    assert_eq!(alone.needs_no_mail("olga", Category::Failures), None);
}

#[test]
fn only_who_is_an_owner_or_admin_by_then_is_mailed() {
    let state = given::<Members>([joined("olga", Role::Owner), joined("adam", Role::Admin)]).state;
    assert_eq!(state.needs_no_mail("adam", Category::Plans), None);
    assert_eq!(state.needs_no_mail("nobody", Category::Plans), Some(Needless::NoRecipient));
    let changed = Event::RoleChanged { user: "adam".into(), old: Role::Admin, new: Role::Viewer };
    let state = state.evolve(&changed);
    assert_eq!(state.needs_no_mail("adam", Category::Plans), Some(Needless::NoRecipient));
}

#[test]
fn who_comes_back_is_mailed_everything_again() {
    let past = [
        joined("olga", Role::Owner),
        joined("adam", Role::Admin),
        mail_changed("adam", &[Category::Plans]),
        Event::Left { user: "adam".into() },
        joined("adam", Role::Admin),
    ];
    assert!(given::<Members>(past).state.is_mailed("adam", Category::Plans));
}
