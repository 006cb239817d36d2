//! What a notification says, on a page and in a mail. The only place that says so. Nothing personal:
//! providers, times, counts, and what a run says of itself.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Kind, Raised};
use crate::catalogue::Explained;

/// Where it leads, and what that is called there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: &'static str,
    pub path: String,
}

impl Raised {
    /// One line: the heading of the notification and the subject of its mail.
    pub fn title(&self) -> String {
        let provider = self.provider_label();
        match self.kind {
            Kind::IntegrationFailed => format!("{provider} connection needs attention"),
            Kind::IntegrationRecovered => format!("{provider} has recovered"),
            Kind::IntegrationFlapping => format!("{provider} fails and recovers again and again"),
            Kind::IntegrationStale => format!("{provider} has not been synced for too long"),
            Kind::PlanHeld => format!("A plan of {provider} waits for you"),
            Kind::CredentialExpiring => {
                format!("The credentials for {provider} expire {}", self.days_left())
            }
            Kind::WebhookFailing => "Deliveries to a webhook are failing".to_owned(),
            Kind::WebhookDisabled => "A webhook was disabled".to_owned(),
            Kind::WebhookRecovered => "Deliveries to a webhook succeed again".to_owned(),
        }
    }

    /// What is the case and what to do, in a few plain sentences.
    pub fn text(&self) -> String {
        let said = match self.kind {
            Kind::IntegrationFailed => vec![self.why(), self.remedy(), self.failing_since()],
            Kind::IntegrationRecovered => vec![self.duration(), self.remedy()],
            Kind::IntegrationFlapping | Kind::WebhookRecovered => vec![self.remedy()],
            Kind::IntegrationStale => vec![self.idle_since(), self.remedy()],
            Kind::PlanHeld => vec![self.why(), self.expires(), self.remedy()],
            Kind::CredentialExpiring => vec![self.last_day(), self.remedy()],
            Kind::WebhookFailing => vec![self.failing_since(), self.disabled_on(), self.remedy()],
            Kind::WebhookDisabled => vec![self.failing_since(), self.remedy()],
        };
        let said: Vec<String> = said.into_iter().filter(|sentence| !sentence.is_empty()).collect();
        said.join(" ")
    }

    /// Where somebody goes to do it; a path below the address of the installation.
    pub fn link(&self) -> Link {
        match self.kind {
            Kind::IntegrationFailed | Kind::IntegrationRecovered => self.run_or("View run"),
            Kind::PlanHeld => self.run_or("Review plan"),
            Kind::IntegrationFlapping | Kind::IntegrationStale => {
                Link { label: "See sync logs", path: "/settings/integrations/logs".to_owned() }
            }
            Kind::CredentialExpiring => Link {
                label: "Enter new credentials",
                path: "/settings/integrations/hris/credentials".to_owned(),
            },
            Kind::WebhookFailing | Kind::WebhookDisabled | Kind::WebhookRecovered => {
                let one = self.endpoint.as_ref().map(|endpoint| format!("/{endpoint}"));
                let path = format!("/settings/webhooks{}", one.unwrap_or_default());
                Link { label: "See deliveries", path }
            }
        }
    }

    fn run_or(&self, label: &'static str) -> Link {
        match &self.run {
            Some(run) => Link { label, path: format!("/settings/integrations/logs/{run}") },
            None => {
                Link { label: "See integration", path: "/settings/integrations/hris".to_owned() }
            }
        }
    }

    fn provider_label(&self) -> &'static str {
        self.provider.map_or("HR", crate::vocabulary::Provider::label)
    }

    fn remedy(&self) -> String {
        let fixed = match self.kind {
            Kind::IntegrationFailed => return self.unsaid_remedy(),
            Kind::IntegrationRecovered => "Nothing is left to do.",
            Kind::IntegrationFlapping => {
                "Nothing more is said of it until it was calm for a day; the sync logs say what \
                 goes wrong."
            }
            Kind::IntegrationStale => {
                "Look at the sync logs for a run that does not end, then sync now."
            }
            Kind::PlanHeld => "Look at its people, then approve it, or reject it.",
            Kind::CredentialExpiring => {
                "Make new ones at the provider and enter them before then, with their last day."
            }
            Kind::WebhookFailing => "Look at what it answers, and correct it.",
            Kind::WebhookDisabled => {
                "What is queued is kept. Correct the receiver, then enable the webhook again."
            }
            Kind::WebhookRecovered => "What was queued is on its way.",
        };
        fixed.to_owned()
    }

    /// What a run says of itself says what to do, too.
    fn unsaid_remedy(&self) -> String {
        let code = self.code.filter(|_| self.summary.is_none());
        code.map(|code| code.remedy().to_owned()).unwrap_or_default()
    }

    fn why(&self) -> String {
        match (&self.summary, self.code) {
            (Some(summary), _) => sentence(summary),
            (None, Some(code)) => code.meaning().to_owned(),
            (None, None) => String::new(),
        }
    }

    fn failing_since(&self) -> String {
        self.since.map(|at| format!("Failing since {}.", moment(at))).unwrap_or_default()
    }

    fn idle_since(&self) -> String {
        self.since.map(|at| format!("Nothing has run since {}.", moment(at))).unwrap_or_default()
    }

    fn expires(&self) -> String {
        self.until.map(|at| format!("It expires on {}.", moment(at))).unwrap_or_default()
    }

    fn disabled_on(&self) -> String {
        let say = |at| format!("If it goes on, it is disabled on {}.", moment(at));
        self.until.map(say).unwrap_or_default()
    }

    fn duration(&self) -> String {
        let (Some(since), Some(until)) = (self.since, self.until) else { return String::new() };
        format!("It was failing for {}, from {}.", lasting(until - since), moment(since))
    }

    fn days_left(&self) -> String {
        match self.days {
            None => "soon".to_owned(),
            Some(0) => "today".to_owned(),
            Some(1) => "tomorrow".to_owned(),
            Some(days) => format!("in {days} days"),
        }
    }

    fn last_day(&self) -> String {
        self.on
            .map(|on| format!("Their last day is {}.", on.format("%-d %b %Y")))
            .unwrap_or_default()
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str().trim_end();
    let end = if rest.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{end}")
}

/// Where a page has no script, and in a mail, times are the world's.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// The two largest units: `2 days and 3 hours`.
pub fn lasting(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    let parts = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let parts = parts.into_iter().skip_while(|(count, _)| *count == 0).take(2);
    let parts: Vec<String> = parts.filter(|(count, _)| *count > 0).map(counted).collect();
    match parts.is_empty() {
        true => "less than a minute".to_owned(),
        false => parts.join(" and "),
    }
}

fn counted((count, unit): (i64, &str)) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}
