//! What types of events are called.

use crate::web::filters::sentence;

/// In plain words; the type itself, as words, of one that has none.
pub(super) fn plain(kind: &str) -> String {
    let known = WORDS.iter().find(|(known, _)| *known == kind);
    known.map_or_else(|| sentence(kind), |(_, words)| (*words).to_owned())
}

/// Those that can be chosen in a list, in its order.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("actor.created", "Person added"),
    ("actor.fields_changed", "Person changed"),
    ("actor.deactivated", "Person deactivated"),
    ("actor.reactivated", "Person reactivated"),
    ("actor.identified", "Person linked to HR"),
    ("actor.linked_to", "HR id belongs to another person"),
    ("actor.unsynced", "Person taken out of sync"),
    ("actor.resynced", "Person put back in sync"),
    ("actor.put_on_hold", "Person put on hold"),
    ("actor.released", "Person released from hold"),
    ("subject.erased", "Person erased"),
    ("unit.created", "Department added"),
    ("unit.renamed", "Department renamed"),
    ("unit.identified", "Department linked to HR"),
    ("unit.linked_to", "HR key belongs to another department"),
    ("unit.retired", "Department no longer in HR"),
    ("unit.restored", "Department in HR again"),
    ("scenario.created", "Scenario made"),
    ("scenario.filled", "People copied"),
    ("scenario.ready", "Scenario ready"),
    ("scenario.renamed", "Scenario renamed"),
    ("scenario.archived", "Scenario archived"),
    ("connection.connected", "Connected"),
    ("connection.settings_changed", "Connection changed"),
    ("connection.targets_changed", "Targets changed"),
    ("connection.credentials_replaced", "Credentials replaced"),
    ("connection.credential_expiry_changed", "Last day of credentials changed"),
    ("connection.webhook_secret_added", "Webhook secret added"),
    ("connection.webhook_secret_removed", "Webhook secret removed"),
    ("connection.paused", "Connection paused"),
    ("connection.resumed", "Connection resumed"),
    ("connection.enabled", "Webhook enabled"),
    ("connection.disabled", "Webhook disabled"),
    ("connection.returned_to_test", "Webhook back in test mode"),
    ("connection.disconnected", "Disconnected"),
    ("health.failed", "Connection fails"),
    ("health.spread", "Failure spread"),
    ("health.still_failing", "Connection still fails"),
    ("health.recovered", "Connection recovered"),
    ("health.flapping", "Connection flaps"),
    ("health.calmed", "Connection is calm again"),
    ("health.went_stale", "Connection went stale"),
    ("health.freshened", "Connection is fresh again"),
    ("health.credential_expiring", "Credentials about to expire"),
    ("notification.raised", "Owners and admins told"),
    ("notification.read", "Notification read"),
    ("notification.unread", "Notification marked unread"),
    ("inbox.all_read", "All notifications read"),
    ("pushes.taken", "Request taken in"),
    ("receipt.received", "Delivery received"),
    ("run.queued", "Sync queued"),
    ("run.joined", "Deliveries joined the sync"),
    ("run.started", "Sync started"),
    ("run.fetched", "People read"),
    ("run.waiting", "Sync waits for the provider"),
    ("run.applied", "Changes applied"),
    ("run.noted", "Person left out"),
    ("run.held", "Plan held"),
    ("run.approved", "Plan approved"),
    ("run.rejected", "Plan rejected"),
    ("run.succeeded", "Sync succeeded"),
    ("run.partial", "Sync done in part"),
    ("run.failed", "Sync failed"),
    ("run.skipped", "Sync skipped"),
    ("run.cancelled", "Sync cancelled"),
    ("lane.run_queued", "Sync stands in line"),
    ("lane.run_joined", "Deliveries stand in line"),
    ("lane.run_started", "Sync's turn"),
    ("lane.run_returned", "Sync stands in line again"),
    ("lane.run_ended", "Sync's turn is over"),
    ("lane.deliveries_skipped", "Deliveries let go"),
    ("members.invited", "Somebody invited"),
    ("members.invitation_accepted", "Invitation accepted"),
    ("members.invitation_revoked", "Invitation taken back"),
    ("members.joined", "Member joined"),
    ("members.role_changed", "Role changed"),
    ("members.left", "Member left"),
    ("members.mail_changed", "Choice of mails changed"),
    ("mail.sent", "Mail sent"),
    ("mail.failed", "Mail not sent"),
    ("mail.skipped", "Mail not needed"),
    ("identity.mapped", "Identity imported"),
    ("identity.unmapped", "Identity taken back"),
    ("webhook_endpoint.created", "Webhook made"),
    ("webhook_endpoint.changed", "Webhook changed"),
    ("webhook_endpoint.headers_replaced", "Headers of a webhook replaced"),
    ("webhook_endpoint.secret_rotated", "Secret of a webhook replaced"),
    ("webhook_endpoint.enabled", "Webhook enabled"),
    ("webhook_endpoint.disabled", "Webhook disabled"),
    ("webhook_endpoint.failing", "Webhook fails"),
    ("webhook_endpoint.recovered", "Webhook works again"),
    ("webhook_endpoint.removed", "Webhook removed"),
    ("signing_key.made", "Signature key made"),
    ("signing_key.regenerated", "Signature key regenerated"),
    ("slot.taken", "Place taken"),
    ("slot.freed", "Place freed"),
    ("tenant.created", "Tenant made"),
    ("tenant.plan_changed", "Plan of the tenant changed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_words_of_its_own_is_read_as_its_type() {
        assert_eq!(plain("actor.created"), "Person added");
        assert_eq!(plain("unheard_of.happened"), "Unheard of happened");
        assert!(WORDS.iter().all(|(kind, _)| rollcall_domain::Fact::KINDS.contains(kind)));
    }
}
