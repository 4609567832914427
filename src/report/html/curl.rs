//! A command that repeats an exchange.

use crate::http::exchange::RecordedRequest;

/// What stands in the record in place of a secret.
const REDACTED: &str = "[redacted]";

/// The command; what was redacted is the shell variable `TOKEN`, which its reader sets.
pub(super) fn command(request: &RecordedRequest) -> String {
    let body = request.body.as_ref();
    let mut command = format!("curl -i --globoff {}", quote(&request.url));
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => command += " --head",
        "POST" if body.is_some() => {}
        method => command += &format!(" -X {}", quote(method)),
    }
    for header in &request.headers {
        let line = match (header.name.as_str(), header.value.as_str()) {
            ("authorization", REDACTED) => format!("authorization: Bearer {REDACTED}"),
            (name, value) => format!("{name}: {value}"),
        };
        command += &format!(" \\\n  -H {}", quote(&line));
    }
    match body.map(|body| (&body.text, body.cut)) {
        None => {}
        Some((Some(text), false)) => command += &format!(" \\\n  --data-raw {}", quote(text)),
        // The reader has to bring it along.
        Some(_) => command += " \\\n  --data-binary @body",
    }
    command
}

/// Single quotes, in which a shell leaves all as it is, but for what was redacted.
fn quote(text: &str) -> String {
    let pieces: Vec<String> = text
        .split(REDACTED)
        .map(|piece| match piece {
            "" => String::new(),
            piece => format!("'{}'", piece.replace('\'', r"'\''")),
        })
        .collect();
    match pieces.join("\"$TOKEN\"") {
        quoted if quoted.is_empty() => "''".to_owned(),
        quoted => quoted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::exchange::{Header, RecordedBody};

    fn request(method: &str, url: &str, body: Option<RecordedBody>) -> RecordedRequest {
        let header = |name: &str, value: &str| Header {
            name: name.into(),
            value: value.into(),
        };
        RecordedRequest {
            method: method.into(),
            url: url.into(),
            headers: vec![
                header("accept", "a/b"),
                header("authorization", REDACTED),
                header("x-key", "a [redacted] b"),
            ],
            body,
        }
    }

    #[test]
    fn nothing_in_a_request_can_become_a_command() {
        let body = RecordedBody::of(None, b"@p=`x`$(y)'z", 99);
        assert_eq!(
            command(&request(
                "POST",
                "http://h/x?a='$(rm)'&b=[redacted]",
                Some(body)
            )),
            concat!(
                r#"curl -i --globoff 'http://h/x?a='\''$(rm)'\''&b='"$TOKEN" \"#,
                "\n  -H 'accept: a/b' \\",
                "\n  -H 'authorization: Bearer '\"$TOKEN\" \\",
                "\n  -H 'x-key: a '\"$TOKEN\"' b' \\",
                "\n  --data-raw '@p=`x`$(y)'\\''z'"
            )
        );
    }

    #[test]
    fn methods_and_bodies_are_repeated_as_far_as_they_are_known() {
        let cut = || Some(RecordedBody::of(None, b"0123456789", 5));
        for (method, body, expected) in [
            ("GET", None, "curl -i --globoff 'http://h/' \\"),
            ("HEAD", None, "curl -i --globoff 'http://h/' --head \\"),
            ("POST", None, "curl -i --globoff 'http://h/' -X 'POST' \\"),
            ("PUT", cut(), "curl -i --globoff 'http://h/' -X 'PUT' \\"),
        ] {
            let has_body = body.is_some();
            let command = command(&request(method, "http://h/", body));
            assert_eq!(command.lines().next(), Some(expected));
            assert_eq!(command.contains("--data-binary @body"), has_body);
        }
    }
}
