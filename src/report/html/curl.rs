//! A command that repeats an exchange.

use crate::http::exchange::RecordedRequest;

/// The command; what was redacted is a shell variable that its reader sets.
pub(super) fn command(request: &RecordedRequest) -> String {
    let mut command = format!("curl -i {}", quote(&request.url));
    if request.method != "GET" {
        command += &format!(" -X {}", quote(&request.method));
    }
    for header in &request.headers {
        command += &if header.value == "[redacted]" {
            format!(" -H \"{}: $SECRET\"", header.name)
        } else {
            format!(
                " -H {}",
                quote(&format!("{}: {}", header.name, header.value))
            )
        };
    }
    if let Some(text) = request.body.as_ref().and_then(|body| body.text.as_ref()) {
        command += &format!(" --data {}", quote(text));
    }
    command
}

/// Single quotes, in which a shell leaves all as it is.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::exchange::{Header, RecordedBody};

    #[test]
    fn nothing_in_a_request_can_become_a_command() {
        let header = |name: &str, value: &str| Header {
            name: name.into(),
            value: value.into(),
        };
        let request = RecordedRequest {
            method: "POST".into(),
            url: "http://h/x?a='$(rm)'".into(),
            headers: vec![
                header("accept", "a/b"),
                header("authorization", "[redacted]"),
            ],
            body: Some(RecordedBody::of(None, b"p=`x`", 10)),
        };
        assert_eq!(
            command(&request),
            r#"curl -i 'http://h/x?a='\''$(rm)'\''' -X 'POST' -H 'accept: a/b' -H "authorization: $SECRET" --data 'p=`x`'"#
        );
    }
}
