//! Whoever is invited, and whoever is told of something, gets a mail.

use rollcall_domain::mail::About;
use rollcall_domain::{Fact, Recorded, members, notification};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::SendMail;
use crate::work::Task;

const NAME: &str = "mails";

/// From the beginning: what it reads came with it, so that an upgrade mails nothing old.
pub(super) const MAILS: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["members.invited", "notification.raised"],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter().flat_map(mails).collect()
}

fn mails(recorded: &Recorded) -> Vec<NewIntent> {
    let intent = |(number, about): (usize, About)| {
        let effect = format!("{}/{number}", effect_id(NAME, recorded));
        SendMail::intent(effect, &recorded.tenant, &about)
    };
    abouts(recorded).into_iter().enumerate().map(intent).collect()
}

fn abouts(recorded: &Recorded) -> Vec<About> {
    // Its address is sealed; whoever sends it looks it up.
    if let Fact::Members(members::Event::Invited { invitation, mailed: true, .. }) = &recorded.fact
    {
        return vec![About::Invitation { invitation: invitation.clone() }];
    }
    let Fact::Notification(notification::Event::Raised(raised)) = &recorded.fact else {
        return vec![];
    };
    let to = |user: &String| About::Notification {
        notification: id_of(recorded).to_owned(),
        user: user.clone(),
    };
    match raised.kind.is_mailed() {
        true => raised.recipients.iter().map(to).collect(),
        false => vec![],
    }
}
