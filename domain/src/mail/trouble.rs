//! Why a mail could not be sent, by what can be done about it.

use serde::{Deserialize, Serialize};

use crate::catalogue::Explained;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    Unreachable,
    TimedOut,
    Insecure,
    PutOff,
    Unauthorized,
    SenderRefused,
    RecipientRefused,
    MessageRefused,
    AddressUnusable,
    NotWritten,
    NotConfigured,
}

use Trouble::*;

impl Trouble {
    pub const ALL: [Trouble; 11] = [
        Unreachable,
        TimedOut,
        Insecure,
        PutOff,
        Unauthorized,
        SenderRefused,
        RecipientRefused,
        MessageRefused,
        AddressUnusable,
        NotWritten,
        NotConfigured,
    ];

    /// Whether the same mail would be refused again: then nobody tries it but a person who has done
    /// something about it.
    pub fn is_final(self) -> bool {
        match self {
            RecipientRefused | MessageRefused | AddressUnusable => true,
            Unreachable | TimedOut | Insecure | PutOff | Unauthorized | SenderRefused
            | NotWritten | NotConfigured => false,
        }
    }

    /// Whether whoever runs the installation has to do something before any mail is sent.
    pub fn is_the_operators(self) -> bool {
        match self {
            Insecure | Unauthorized | SenderRefused | NotWritten | NotConfigured => true,
            Unreachable | TimedOut | PutOff | RecipientRefused | MessageRefused
            | AddressUnusable => false,
        }
    }
}

impl Explained for Trouble {
    fn code(self) -> &'static str {
        match self {
            Unreachable => "unreachable",
            TimedOut => "timed_out",
            Insecure => "insecure",
            PutOff => "put_off",
            Unauthorized => "unauthorized",
            SenderRefused => "sender_refused",
            RecipientRefused => "recipient_refused",
            MessageRefused => "message_refused",
            AddressUnusable => "address_unusable",
            NotWritten => "not_written",
            NotConfigured => "not_configured",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Unreachable => "The mail server was not there, or the connection broke off.",
            TimedOut => "The mail server did not answer in time.",
            Insecure => "There was no connection to the mail server that can be trusted.",
            PutOff => "The mail server does not take the mail now.",
            Unauthorized => "The mail server refused our credentials, or asks for some.",
            SenderRefused => "The mail server does not let us send from our address.",
            RecipientRefused => "The mail server refused the recipient.",
            MessageRefused => "The mail server refused the message.",
            AddressUnusable => "The recipient's address is none that mail can be sent to.",
            NotWritten => "The mail could not be written into its directory.",
            NotConfigured => "A mail is to be sent, and no mail server is set.",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Unreachable | TimedOut => "Nothing, it is tried again; look at the mail server.",
            Insecure => "Give it a valid certificate; offer TLS or STARTTLS.",
            PutOff => "Nothing; it is tried again for a day.",
            Unauthorized => "Correct user and password in --mail-url and restart.",
            SenderRefused => "Set --mail-from to an address that may be sent from.",
            RecipientRefused => "Correct the address, or ask the mail server's operator.",
            MessageRefused => "Ask the mail server's operator why, then retry it.",
            AddressUnusable => "Have them use another address.",
            NotWritten => "Make room there, and let the server write; it is tried again.",
            NotConfigured => "Set --mail-url on every node that works.",
        }
    }
}
