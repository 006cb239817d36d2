//! One conversation.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};

use super::faults::Stage;
use super::{Encryption, Received, Server, reply};

/// The longest line and message that are taken.
const LONGEST: usize = 4 * 1024 * 1024;

/// Speaks until somebody hangs up. The stream comes back where TLS is to begin on it.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    server: &Server,
    stream: S,
    encrypted: bool,
) -> io::Result<Option<S>> {
    let stream = BufStream::new(stream);
    let mut session = Session { server, stream, encrypted, user: None, from: None, to: vec![] };
    // Whoever starts TLS is not greeted again.
    if !(encrypted && server.config.encryption == Encryption::StartTls) {
        session.answer(Stage::Greeting, 220).await?;
    }
    loop {
        let Some(line) = session.line().await? else { return Ok(None) };
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((line.as_str(), ""));
        match verb.to_ascii_uppercase().as_str() {
            "STARTTLS" if session.may_start_tls() => {
                session.say("220 2.0.0 Ready to start TLS\r\n").await?;
                return Ok(Some(session.stream.into_inner()));
            }
            "QUIT" => {
                session.say(&reply::line(221)).await?;
                return Ok(None);
            }
            "DATA" if !session.to.is_empty() => {
                if !session.message().await? {
                    return Ok(None);
                }
            }
            verb => session.command(verb, rest).await?,
        }
    }
}

struct Session<'a, S> {
    server: &'a Server,
    stream: BufStream<S>,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    async fn command(&mut self, verb: &str, rest: &str) -> io::Result<()> {
        match verb {
            "EHLO" | "HELO" => self.hello().await,
            "AUTH" => self.authenticate(rest).await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.recipient(rest).await,
            "RSET" | "NOOP" => {
                (self.from, self.to) = (None, vec![]);
                self.say(&reply::line(250)).await
            }
            "DATA" | "STARTTLS" => self.say(&reply::line(503)).await,
            _ => self.say(&reply::line(500)).await,
        }
    }

    fn may_start_tls(&self) -> bool {
        !self.encrypted && self.server.config.encryption == Encryption::StartTls
    }

    async fn hello(&mut self) -> io::Result<()> {
        let mut offers = vec!["PIPELINING", "8BITMIME", "SMTPUTF8"];
        if self.may_start_tls() {
            offers.push("STARTTLS");
        } else if self.server.config.credentials.is_some() {
            offers.push("AUTH PLAIN LOGIN");
        }
        let faults = self.server.handle.faults();
        self.pause(Stage::Hello).await;
        match faults.reply_at(Stage::Hello) {
            Some(code) => self.say(&reply::line(code)).await,
            None => self.say(&reply::hello(&offers)).await,
        }
    }

    /// RFC 4616, with or without an initial response; and LOGIN.
    async fn authenticate(&mut self, rest: &str) -> io::Result<()> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let text = match initial {
                    "" => self.challenge("").await?,
                    initial => decoded(initial),
                };
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            }
            "LOGIN" => {
                let user = self.challenge("VXNlcm5hbWU6").await?;
                Some((user, self.challenge("UGFzc3dvcmQ6").await?))
            }
            _ => None,
        };
        let known = given.is_some() && given == self.server.config.credentials;
        self.user = given.filter(|_| known).map(|(user, _)| user);
        self.answer(Stage::Authentication, if known { 235 } else { 535 }).await
    }

    async fn challenge(&mut self, text: &str) -> io::Result<String> {
        self.say(&format!("334 {text}\r\n")).await?;
        Ok(decoded(&self.line().await?.unwrap_or_default()))
    }

    async fn mail(&mut self, rest: &str) -> io::Result<()> {
        let config = &self.server.config;
        if self.may_start_tls() || config.credentials.is_some() && self.user.is_none() {
            return self.say(&reply::line(530)).await;
        }
        self.from = Some(path(rest));
        self.answer(Stage::Sender, 250).await
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<()> {
        if self.from.is_none() {
            return self.say(&reply::line(503)).await;
        }
        let recipient = path(rest);
        self.server.handle.lock().named.push(recipient.clone());
        let faults = self.server.handle.faults();
        let early = self.server.handle.attempts(&recipient) <= faults.greylist;
        if early {
            return self.say(&reply::line(451)).await;
        }
        if faults.reply_at(Stage::Recipient).is_none() {
            self.to.push(recipient);
        }
        self.answer(Stage::Recipient, 250).await
    }

    /// Takes a message; whether the conversation goes on.
    async fn message(&mut self) -> io::Result<bool> {
        let faults = self.server.handle.faults();
        if faults.reply_at(Stage::Data).is_some() {
            self.answer(Stage::Data, 354).await?;
            return Ok(true);
        }
        self.answer(Stage::Data, 354).await?;
        if faults.drop_mid_message {
            self.line().await?;
            return Ok(false);
        }
        let mut message = String::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(false) };
            match line.as_str() {
                "." => break,
                line => message.push_str(line.strip_prefix('.').unwrap_or(line)),
            }
            message.push_str("\r\n");
            if message.len() > LONGEST {
                return Ok(false);
            }
        }
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        if faults.reply_at(Stage::Message).is_none() {
            let (encrypted, user) = (self.encrypted, self.user.clone());
            let received = Received { from, to, message, encrypted, user };
            self.server.handle.lock().received.push(received);
        }
        if faults.drop_before_reply {
            return Ok(false);
        }
        self.answer(Stage::Message, 250).await?;
        Ok(true)
    }

    /// The reply of a stage, or what the switches make of it.
    async fn answer(&mut self, stage: Stage, code: u16) -> io::Result<()> {
        self.pause(stage).await;
        let code = self.server.handle.faults().reply_at(stage).unwrap_or(code);
        self.say(&reply::line(code)).await
    }

    /// For ever, if it hangs here.
    async fn pause(&self, stage: Stage) {
        if self.server.handle.faults().hang_at == Some(stage) {
            std::future::pending::<()>().await;
        }
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        let nonsense = self.server.handle.faults().speak_nonsense;
        let text = if nonsense { "HTTP/1.1 400 Bad Request\r\n" } else { text };
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }

    /// The next line; nothing once they have hung up.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = vec![];
        if self.stream.read_until(b'\n', &mut bytes).await? == 0 || bytes.len() > LONGEST {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// What stands in brackets: `FROM:<ada@engine.example> BODY=8BITMIME`.
fn path(rest: &str) -> String {
    let inside = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or("", |(path, _)| path).to_owned()
}

fn decoded(text: &str) -> String {
    let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
