//! What the words mean that runs and deliveries are noted with, and what to do about each: one part of
//! the catalogue of errors. Each match is whole, so that no word comes without.

mod every_refusal;
pub mod refusals;

use crate::receipt::Verdict;
use crate::run::{NoteReason, SkipReason};
use crate::vocabulary::FailureCode;

/// A word of a closed set, explained.
pub trait Explained {
    /// As it is stored and answered.
    fn code(self) -> &'static str;
    /// What is the case.
    fn meaning(self) -> &'static str;
    /// What to do about it.
    fn remedy(self) -> &'static str;
}

impl Explained for FailureCode {
    fn code(self) -> &'static str {
        self.as_str()
    }

    fn meaning(self) -> &'static str {
        use FailureCode::*;
        match self {
            Authentication => "The provider refused the credentials.",
            Permission => "The user behind the credentials may not read what the sync needs.",
            Environment => "The connection's settings don't lead to the provider's service.",
            RateLimited => "The provider asked us to wait longer than a run waits.",
            Unavailable => "The provider did not answer, also when it was asked again.",
            MalformedAnswer => "The provider's answer can't be what it meant.",
            MalformedDelivery => "What a genuine delivery names, or some of it, can't be read.",
            Storage => "The run could not go on for a reason of ours.",
            Brake => "More people would leave or change than the connection's limits allow.",
            IncompleteRead => "The provider did not show everybody, or not all of everybody.",
            PeopleInError => "Some people could not be brought in line; the others were.",
            TargetClosed => "A target was archived, or became a snapshot, after the run began.",
            Contended => "Others kept changing the same people.",
            PlanMoved => "What the plan is about has changed since somebody looked at it.",
        }
    }

    fn remedy(self) -> &'static str {
        use FailureCode::*;
        match self {
            Authentication => "Create a new key at the provider and save it on the connection.",
            Permission => "Grant it at the provider, or use an administrator's key; test it.",
            Environment => "Compare subdomain and addresses with the provider's, then test it.",
            RateLimited => "Sync later; space out other programs that use the same key.",
            Unavailable => "Look at the provider's status page; sync again when it is back.",
            MalformedAnswer => "Look for proxies in between; if it stays so, tell the provider.",
            MalformedDelivery => "Compare the webhook's format at the provider; sync now.",
            Storage => "Look at the server's log and the database, then sync again.",
            Brake => "Look at the plan's people, then approve it, or reject it.",
            IncompleteRead => "Test the connection: it says what is hidden; grant it there.",
            PeopleInError => "The run's identities say who and why; correct it at the source.",
            TargetClosed => "Nothing, or choose other targets for the connection.",
            Contended => "Sync again; if it stays so, find out who changes them.",
            PlanMoved => "Make the plan again and look at it once more.",
        }
    }
}

impl Explained for NoteReason {
    fn code(self) -> &'static str {
        self.as_str()
    }

    fn meaning(self) -> &'static str {
        use NoteReason::*;
        match self {
            InactiveUnknown => "Inactive at the source, and never seen here.",
            NotStarted => "Their first day is still to come.",
            DeletedUnknown => "Deleted at the source, and never seen here.",
            FieldsOmitted => "The provider left out fields; they keep their values.",
            NotVisible => "The provider does not show this person to the credentials.",
            NotFound => "The provider does not know them, and nothing says they were deleted.",
            OwnManager => "The source says that they manage themselves.",
            ManagerCycle => "Their manager would report to them.",
            UnknownStatus => "The source calls them neither active nor inactive.",
            Duplicate => "The source showed the same id more than once.",
            Unreadable => "The provider's record of them can't be read.",
            OutOfSync => "Somebody took them out of sync by hand.",
            Erased => "Their personal data was erased; they are not made again.",
            SourceDeleted => "The source once deleted this record and speaks of it again.",
            Conflict => "Whoever they are by identity map or e-mail has another source id.",
            Ambiguous => "Identity map or e-mail address name several people.",
            OnHold => "A run that changed them was taken back; others leave them alone.",
            NotApproved => "Somebody approved the plan without them.",
            Moved => "They changed after the plan was made that was to be applied.",
            GivenUp => "The provider kept failing on them; nobody asks again by itself.",
            ChangedSince => "Somebody changed it after the run that was taken back, so it stays.",
            StaysLinked => "The source id that the run gave them stays theirs.",
            StaysDeleted => "The source deleted the record: its id never matches again.",
            Ignored => "They are on the connection's list of people to ignore.",
            DepartmentClosed => "Not in sync with the source, whose departments hold nobody else.",
        }
    }

    fn remedy(self) -> &'static str {
        use NoteReason::*;
        match self {
            InactiveUnknown | DeletedUnknown | Erased | NotApproved => "Nothing.",
            NotStarted => "Nothing: the night's read of that day creates them.",
            FieldsOmitted => "Give the credentials access to those fields, then sync again.",
            NotVisible => "Give the credentials access to the person at the provider.",
            NotFound => "Nothing: the next complete read settles it.",
            OwnManager | ManagerCycle => "Correct who reports to whom at the source.",
            UnknownStatus => "Set a status at the source; until then nothing is taken over.",
            Duplicate => "Remove the second record at the source.",
            Unreadable => "Correct the record at the source; if it looks right, report it.",
            OutOfSync => "Put them back in sync if the source shall lead again.",
            SourceDeleted => "Say by the identity map who the new record is.",
            Conflict | Ambiguous => "Import who the source id is with the identity map.",
            OnHold => "Release them when the source is right.",
            Moved => "Preview again, and apply that.",
            GivenUp => "It is parked: try it again, or skip it.",
            ChangedSince => "Nothing, or set by hand what it shall be.",
            StaysLinked | StaysDeleted => "Nothing.",
            Ignored => "Take them off that list if the source shall lead.",
            DepartmentClosed => "Send them with the others, or use a department made by hand.",
        }
    }
}

impl Explained for SkipReason {
    fn code(self) -> &'static str {
        self.as_str()
    }

    fn meaning(self) -> &'static str {
        use SkipReason::*;
        match self {
            Entitlement => "The tenant's plan does not include live sync.",
            Paused => "The connection is paused.",
            Superseded => "A newer complete read does its work.",
            NothingToDo => "No target was left to write to.",
            Disconnected => "The connection is disconnected.",
            NotLive => "The HRIS Webhook is in test mode or disabled.",
            BodyGone => {
                "What was posted is not kept any more: it expired or named an erased person."
            }
        }
    }

    fn remedy(self) -> &'static str {
        use SkipReason::*;
        match self {
            Entitlement => "Change the plan; a reconciliation then brings all in step.",
            Paused => "Resume it; what came meanwhile is processed then.",
            Superseded => "Look at the newer run.",
            NothingToDo => "Choose targets that are active.",
            Disconnected => "Connect anew.",
            NotLive => "Simulate a request, enable the webhook, and send everybody again.",
            BodyGone => "Send everybody again.",
        }
    }
}

impl Explained for Verdict {
    fn code(self) -> &'static str {
        self.as_str()
    }

    fn meaning(self) -> &'static str {
        use Verdict::*;
        match self {
            Accepted => "Genuine and in time; a run re-reads whom it names.",
            Stale => "Genuine but old; whom it names is re-read, its own values don't count.",
            Paused => "Genuine; kept until the connection is resumed.",
            SkippedEntitlement => "Genuine; the plan does not include live sync, nothing follows.",
            Malformed => "Genuine, but nobody can be read from it.",
            Test => "Genuine; kept to be simulated, and changes nothing.",
        }
    }

    fn remedy(self) -> &'static str {
        use Verdict::*;
        match self {
            Accepted => "Nothing.",
            Stale => "Nothing; if all are stale, compare the clocks of both sides.",
            Paused => "Resume the connection.",
            SkippedEntitlement => "Change the plan.",
            Malformed => "Compare the webhook's format at the provider; sync now.",
            Test => "Simulate it; enable the webhook when it does what it should.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn is_told<T: Explained + Copy>(all: &[T]) {
        let codes: HashSet<&str> = all.iter().map(|one| one.code()).collect();
        assert_eq!(codes.len(), all.len());
        for one in all {
            for said in [one.meaning(), one.remedy()] {
                assert!(said.ends_with('.') && said.len() < 80, "{}: {said}", one.code());
            }
        }
    }

    #[test]
    fn every_word_is_told_in_a_sentence() {
        is_told(&FailureCode::ALL);
        is_told(&NoteReason::ALL);
        is_told(&SkipReason::ALL);
        is_told(&Verdict::ALL);
    }
}
