//! Sends one mail to one recipient, and notes each attempt.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_commands::{
    CommandError, LoadError, forget_invitation_link, invitation_link, load, record_mail,
};
use rollcall_domain::Decider;
use rollcall_domain::mail::{About, Mail, Needless, Outcome};
use rollcall_domain::members::Members;
use rollcall_domain::notification::Notification;
use rollcall_domain::tenant::{SYSTEM, Tenant};
use rollcall_domain::user::User;
use rollcall_store::{Cause, Clock, Store};
use secrecy::ExposeSecret;

use crate::mail::{Letter, MailError, Mailer, Offer, notice};
use crate::sync::PRINCIPAL;
use crate::work::{Claim, Done, Policy, Task, WorkError};

pub(crate) struct SendMail {
    pub(crate) store: Store,
    pub(crate) mailer: Mailer,
    pub(crate) clock: Clock,
}

/// What is sent, rendered anew at each attempt; or why it no longer has to be.
type Composed = Result<Letter, Needless>;

#[async_trait]
impl Task for SendMail {
    const KIND: &'static str = "send_mail";
    /// Some 20 hours: a mail server that is down over night is up again by then.
    const POLICY: Policy = Policy {
        at_once: 4,
        merge: 1,
        tries: 28,
        lease: Duration::from_secs(30),
        backoff: patient,
    };
    type Payload = About;

    fn key(_tenant: &str, about: &About) -> String {
        about.mail()
    }

    async fn perform(&self, work: &[Claim<About>]) -> Result<Done, WorkError> {
        for claim in work {
            if let Some(reason) = self.send(claim).await? {
                return Ok(Done::Park(reason));
            }
        }
        Ok(Done::Yes)
    }
}

/// From 15 seconds, doubling, up to an hour: who is greylisted is let in after minutes.
fn patient(attempts: u32) -> Duration {
    Duration::from_secs(15 << attempts.min(8)).min(Duration::from_secs(3600))
}

impl SendMail {
    /// Why it is given up, if it is.
    async fn send(&self, claim: &Claim<About>) -> Result<Option<String>, WorkError> {
        let (tenant, about) = (&claim.tenant, &claim.payload);
        if self.state::<Mail>(tenant, &about.mail()).await?.over {
            self.tidy(tenant, about).await?;
            return Ok(None);
        }
        // Where none is set, none is missed; but an invitation was promised.
        if !self.mailer.is_set() && matches!(about, About::Notification { .. }) {
            return Ok(None);
        }
        let letter = match self.compose(tenant, about).await? {
            Ok(letter) => letter,
            Err(reason) => {
                self.note(tenant, about, Outcome::Skipped(reason)).await?;
                self.tidy(tenant, about).await?;
                return Ok(None);
            }
        };
        match self.mailer.send(&letter, self.clock.now()).await {
            Ok(()) => {
                fail::fail_point!("mail.before_sent");
                self.note(tenant, about, Outcome::Sent).await?;
                self.tidy(tenant, about).await?;
                Ok(None)
            }
            Err(error) => self.failed(claim, error).await,
        }
    }

    async fn failed(
        &self,
        claim: &Claim<About>,
        error: MailError,
    ) -> Result<Option<String>, WorkError> {
        let MailError { trouble, reply } = error;
        let again = !trouble.is_final() && claim.attempts + 1 < Self::POLICY.tries;
        let outcome = Outcome::Failed { trouble, reply, again };
        self.note(&claim.tenant, &claim.payload, outcome).await?;
        if trouble.is_the_operators() {
            tracing::error!(reason = %error, "no mail can be sent");
        }
        match trouble.is_final() {
            true => Ok(Some(error.to_string())),
            false => Err(WorkError(error.to_string())),
        }
    }

    async fn note(&self, tenant: &str, about: &About, outcome: Outcome) -> Result<(), WorkError> {
        let noted = record_mail(&self.store, tenant, about, outcome, &Cause::by(PRINCIPAL)).await;
        noted.map(drop).map_err(|error: CommandError| WorkError(error.to_string()))
    }

    /// What is over keeps no link.
    async fn tidy(&self, tenant: &str, about: &About) -> Result<(), WorkError> {
        if let About::Invitation { invitation } = about {
            forget_invitation_link(&self.store, tenant, invitation).await?;
        }
        Ok(())
    }

    async fn compose(&self, tenant: &Arc<str>, about: &About) -> Result<Composed, WorkError> {
        match about {
            About::Invitation { invitation } => self.invitation(tenant, invitation).await,
            About::Notification { notification, user } => {
                self.notice(tenant, about, notification, user).await
            }
        }
    }

    async fn invitation(&self, tenant: &Arc<str>, id: &str) -> Result<Composed, WorkError> {
        let members: Members = self.state(tenant, tenant).await?;
        let link = invitation_link(&self.store, tenant, id).await?;
        let (Ok(open), Some(secret)) = (members.open(id, self.clock.now()), link) else {
            return Ok(Err(Needless::Closed));
        };
        let Some(email) = open.email.clone() else { return Ok(Err(Needless::NoAddress)) };
        let path = format!("/invitations/{}", secret.expose_secret());
        let link = self.mailer.link(&path).unwrap_or(path);
        let (role, expires_at) = (open.role, open.expires_at);
        let tenant = self.called(tenant).await?;
        let invitation = id.to_owned();
        Ok(Ok(Offer { invitation, email, tenant, role, expires_at, link }.letter()))
    }

    async fn notice(
        &self,
        tenant: &Arc<str>,
        about: &About,
        id: &str,
        user: &str,
    ) -> Result<Composed, WorkError> {
        let notification: Notification = self.state(tenant, id).await?;
        let Some(raised) = notification.raised else {
            return Err(WorkError("the notification is not there".to_owned()));
        };
        let members: Members = self.state(tenant, tenant).await?;
        if let Some(needless) = members.needs_no_mail(user, raised.kind.category()) {
            return Ok(Err(needless));
        }
        let known = self.state::<User>(SYSTEM, user).await?.known.filter(|user| !user.disabled);
        let Some((name, Some(email))) = known.map(|user| (user.name, user.email)) else {
            return Ok(Err(Needless::NoAddress));
        };
        let tenant = self.called(tenant).await?;
        let link = |path: &str| self.mailer.link(path).unwrap_or_else(|| path.to_owned());
        let notice = notice::Notice { raised: &raised, tenant: &tenant, link: &link };
        Ok(Ok(notice.letter(about.mail(), name, email)))
    }

    /// What the tenant is called.
    async fn called(&self, tenant: &str) -> Result<String, WorkError> {
        Ok(match self.state::<Tenant>(tenant, tenant).await? {
            Tenant::Known { name, .. } => name,
            Tenant::Unknown => "your organisation".to_owned(),
        })
    }

    /// From the stream: what is said in a mail can't be taken back.
    async fn state<D: Decider>(&self, tenant: &str, id: &str) -> Result<D, WorkError> {
        let loaded = load::<D>(&self.store, tenant, id).await;
        loaded.map(|loaded| loaded.state).map_err(|error: LoadError| WorkError(error.to_string()))
    }
}
