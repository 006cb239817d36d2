//! Replies as they stand on the wire.

/// One line, with the text a server commonly gives.
pub(super) fn line(code: u16) -> String {
    let text = match code {
        220 => "sink.example ESMTP",
        221 => "Bye",
        235 => "2.7.0 Authentication successful",
        250 => "2.0.0 OK",
        334 => "",
        354 => "End data with <CR><LF>.<CR><LF>",
        421 => "4.3.2 Service not available, closing transmission channel",
        451 => "4.7.1 Greylisted, please try again later",
        452 => "4.3.1 Insufficient system storage",
        500 => "5.5.2 Command unrecognised",
        503 => "5.5.1 Bad sequence of commands",
        530 => "5.7.0 Authentication required",
        535 => "5.7.8 Authentication credentials invalid",
        538 => "5.7.11 Encryption required for requested authentication mechanism",
        550 => "5.1.1 <somebody@engine.example> User unknown",
        554 => "5.7.1 Message rejected",
        _ => "Simulated reply",
    };
    format!("{code} {text}\r\n")
}

/// The answer to `EHLO`.
pub(super) fn hello(offers: &[&str]) -> String {
    let mut lines = vec!["sink.example greets you"];
    lines.extend(offers);
    let last = lines.len() - 1;
    let line = |(n, text): (usize, &&str)| {
        let separator = if n == last { ' ' } else { '-' };
        format!("250{separator}{text}\r\n")
    };
    lines.iter().enumerate().map(line).collect()
}
