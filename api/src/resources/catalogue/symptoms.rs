//! What people see of BambooHR's webhooks when something is wrong, or looks so, and nothing here has a
//! code for it.

pub(super) struct Symptom {
    pub(super) code: &'static str,
    pub(super) seen: &'static str,
    pub(super) cause: &'static str,
    pub(super) remedy: &'static str,
}

pub(super) const ALL: [Symptom; 6] = [
    Symptom {
        code: "invalid_signature",
        seen: "Deliveries are refused as signature_wrong",
        cause: "The key is another webhook's, or the connection expects another form of signature.",
        remedy: "Add the private key that came when this very webhook was created; it is shown once \
                 only, so make the webhook anew where it is lost. BambooHR signs the raw body \
                 followed by the timestamp (body_timestamp).",
    },
    Symptom {
        code: "empty_changed_fields",
        seen: "A delivery names no changed fields",
        cause: "That is normal for who was created or deleted: only updates say what changed.",
        remedy: "Nothing: whom it names is re-read in any case.",
    },
    Symptom {
        code: "missing_payload_fields",
        seen: "Fields are missing in what a delivery carries",
        cause: "The webhook posts the fields it was made with, and no others.",
        remedy: "Nothing, since people are re-read by default. Where deliveries are applied directly, \
                 update the webhook's post fields; an update replaces all of its settings.",
    },
    Symptom {
        code: "webhook_not_firing",
        seen: "Changes at the provider bring no delivery",
        cause: "The webhook was disabled or deleted, its URL can't be reached, or the field that \
                changed is none of those it monitors.",
        remedy: "Look at the webhook and its delivery log at the provider, and at the refused \
                 receipts here. The next reconciliation finds what was missed.",
    },
    Symptom {
        code: "field_not_monitored",
        seen: "Creating a webhook fails because of a field",
        cause: "Not every field can be monitored; terminationDate and the manager's name cannot.",
        remedy: "Choose from the provider's list of monitor fields; terminations arrive as a change \
                 of status.",
    },
    Symptom {
        code: "deliveries_come_one_by_one",
        seen: "Deliveries can't be batched",
        cause: "The provider sends each change at once; frequency and limit no longer exist there.",
        remedy: "Nothing: deliveries that wait for the same connection ride on one run.",
    },
];
