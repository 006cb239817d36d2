//! Switches that make the server misbehave.

/// Everything that can go wrong; the default is a healthy server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Hangs up before it says anything.
    pub refuse_connections: bool,
    /// Says nothing any more at this stage, and keeps the connection.
    pub hang_at: Option<Stage>,
    /// Replies with this code at this stage, over and over.
    pub refuse_at: Option<(Stage, u16)>,
    /// Puts each recipient off this often before it lets them pass (451).
    pub greylist: usize,
    /// Hangs up in the middle of a message.
    pub drop_mid_message: bool,
    /// Takes a message over and hangs up without saying so.
    pub drop_before_reply: bool,
    /// Answers what is no reply at all.
    pub speak_nonsense: bool,
}

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Hello,
    Authentication,
    Sender,
    Recipient,
    /// The command `DATA`.
    Data,
    /// The end of a message.
    Message,
}

impl Faults {
    /// What is replied in place of the reply a stage would get.
    pub(super) fn reply_at(&self, stage: Stage) -> Option<u16> {
        self.refuse_at.filter(|(at, _)| *at == stage).map(|(_, code)| code)
    }
}
