//! A case's action with its values filled in → a request.

use reqwest::Method as HttpMethod;
use url::{Url, form_urlencoded};

use crate::check::Scope;
use crate::http::{Client, Identity, Offer, Request};
use crate::plan;
use crate::search::{self, Form};
use crate::suite::{
    Action, GetRequest, HandshakeRequest, Method, Pages, PublishRequest, QueryValue, ReadRequest,
    SafeMethod, SearchRequest, SeedValue, SendRequest, Template, ValueForm,
};

use super::fill::{Missing, headers, media_type, text};
use super::ready::Ready;
use super::{body, identity, token_request};

/// A system that nobody uses.
const OTHER_SYSTEM: &str = "urn:fhir-assay:no-such-system";

/// Fills an action's braces, derives its values, and finds in whose name it is sent.
pub(super) async fn ready(
    action: &Action,
    scope: &Scope,
    client: &Client,
) -> Result<Ready, Missing> {
    let base = client.base();
    let mut ready = match action {
        Action::Read(written) => read(written, scope, base)?,
        Action::Search(written) => search(written, scope, base)?,
        Action::Get(written) => get(written, scope, base)?,
        Action::Send(written) => with_body(written, scope, base)?,
        Action::Publish(written) => publish(written, scope, base)?,
        Action::Token(written) => return token_request::token(written, scope, client),
        Action::Introspect(written) => {
            return token_request::introspect(written, scope, client).await;
        }
        Action::Discovered(written) => {
            return token_request::discovered(written, scope, client);
        }
        Action::Handshake(written) => return handshake(written, scope, base),
    };
    if let Some(words) = action.identity() {
        let words = text(words, scope)?;
        ready.request.identity = identity::identity(&words, client).await?;
        ready.title += &format!(", as {words}");
    }
    Ok(ready)
}

fn handshake(handshake: &HandshakeRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let name = text(&handshake.offer, scope)?;
    let offer = Offer::parse(&name)
        .ok_or_else(|| Missing::data(format!("{name:?} is nothing that can be offered")))?;
    Ok(Ready::single(
        Request::hello(base.clone(), offer),
        format!("TLS hello: {name}"),
    ))
}

fn read(read: &ReadRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let path = format!(
        "{}/{}",
        text(&read.resource_type, scope)?,
        text(&read.id, scope)?
    );
    let mut request = Request::get(join(base, &path)?);
    request.method = safe(read.method);
    request.headers = headers(&read.headers, scope)?;
    request.fresh = read.fresh;
    Ok(Ready::single(request, format!("{} {path}", read.method)))
}

fn get(get: &GetRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let path = text(&get.path, scope)?;
    let mut request = Request::get(join(base, &path)?);
    if plan::is_open(&path) {
        request.identity = Identity::Visitor;
    }
    request.method = safe(get.method);
    request.headers = headers(&get.headers, scope)?;
    request.fresh = get.fresh;
    Ok(Ready::single(request, format!("{} {path}", get.method)))
}

fn with_body(send: &SendRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let path = match &send.path {
        Some(path) => text(path, scope)?,
        None => String::new(),
    };
    let method = send.method.name();
    let headers = headers(&send.headers, scope)?;
    let media_type = media_type(&headers).to_owned();
    let body = body::sent(send, &media_type, scope)?;
    let mut request = Request {
        method: HttpMethod::from_bytes(method.as_bytes()).unwrap_or_default(),
        fresh: true,
        headers,
        ..Request::get(join(base, &path)?)
    };
    if let Some(body) = body {
        set_body(&mut request, body, media_type);
    }
    Ok(Ready::single(request, format!("{method} {path}")))
}

fn publish(publish: &PublishRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let path = match &publish.path {
        Some(path) => text(path, scope)?,
        None => "DocumentReference".to_owned(),
    };
    let headers = headers(&publish.headers, scope)?;
    let media_type = media_type(&headers).to_owned();
    let body = body::published(publish, &media_type, scope)?;
    let mut request = Request {
        method: HttpMethod::POST,
        fresh: true,
        headers,
        ..Request::get(join(base, &path)?)
    };
    set_body(&mut request, body, media_type);
    Ok(Ready::single(request, format!("POST {path}")))
}

fn search(search: &SearchRequest, scope: &Scope, base: &Url) -> Result<Ready, Missing> {
    let kind = text(&search.resource_type, scope)?;
    let query = query(&kind, &search.query, scope)?;
    let in_url = match search.method {
        Method::Get | Method::Head => query.len(),
        Method::Post => 0,
        Method::Split => query.len().min(1),
    };
    let (in_url, in_form) = query.split_at(in_url);
    let is_posted = matches!(search.method, Method::Post | Method::Split);
    let path = if is_posted {
        format!("{kind}/_search")
    } else {
        kind.clone()
    };
    let mut url = join(base, &path)?;
    url.set_query((!in_url.is_empty()).then_some(&encoded(in_url)));
    let mut request = Request::get(url);
    match search.method {
        Method::Get => {}
        Method::Head => request.method = HttpMethod::HEAD,
        Method::Post | Method::Split => {
            request.method = HttpMethod::POST;
            request.body = Some(encoded(in_form));
        }
    }
    request.headers = headers(&search.headers, scope)?;
    request.fresh = search.fresh;
    request.max_body = search.max_body;
    let title = describe(&kind, &query, search);
    Ok(Ready::search(request, title, kind, search.pages))
}

fn encoded(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn set_body(request: &mut Request, body: String, media_type: String) {
    request.body = Some(body);
    let is_given = |(name, _): &(String, String)| name == "content-type";
    if !request.headers.iter().any(is_given) {
        request
            .headers
            .push(("content-type".to_owned(), media_type));
    }
}

fn describe(kind: &str, query: &[(String, String)], search: &SearchRequest) -> String {
    let parameters: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let parameters = parameters.join("&");
    let pages = if search.pages == Pages::All {
        ", all pages"
    } else {
        ""
    };
    format!("{}{pages}", search.method.describe(kind, &parameters))
}

fn safe(method: SafeMethod) -> HttpMethod {
    match method {
        SafeMethod::Get => HttpMethod::GET,
        SafeMethod::Head => HttpMethod::HEAD,
        SafeMethod::Options => HttpMethod::OPTIONS,
    }
}

/// A path below the base. What a value holds cannot leave it.
fn join(base: &Url, path: &str) -> Result<Url, Missing> {
    let refuse = || Missing::data(format!("{path:?} is no path below the base URL"));
    // Links of a response are absolute.
    let absolute = Url::parse(path).ok().filter(Url::has_host);
    let url = match absolute {
        Some(url) => url,
        None => Url::parse(&format!("{base}{path}")).map_err(|_| refuse())?,
    };
    let is_below = url.origin() == base.origin() && url.path().starts_with(base.path());
    if is_below { Ok(url) } else { Err(refuse()) }
}

/// Names and values in order; a parameter whose name renders to nothing is left out.
fn query(
    kind: &str,
    written: &[(Template, Vec<QueryValue>)],
    scope: &Scope,
) -> Result<Vec<(String, String)>, Missing> {
    let mut query = Vec::new();
    for (name, values) in written {
        let name = text(name, scope)?;
        if name.is_empty() {
            continue;
        }
        for value in values {
            let value = match value {
                QueryValue::Text(template) => text(template, scope)?,
                QueryValue::From(from) => derived(kind, &name, from, scope)?,
            };
            query.push((name.clone(), value));
        }
    }
    Ok(query)
}

/// What a seed holds for a search parameter, in the form that is asked for.
fn derived(kind: &str, name: &str, from: &SeedValue, scope: &Scope) -> Result<String, Missing> {
    let seed = &from.seed.value;
    let resource = scope
        .resource(seed)
        .ok_or_else(|| Missing::data(format!("there is no resource {seed}")))?;
    // A modifier does not change where the value stands.
    let parameter = name.split(':').next().unwrap_or(name);
    // A chained parameter is one of the resource that is referred to.
    let (kind, parameter) = match parameter.split_once('.') {
        Some((_, chained)) => (resource["resourceType"].as_str().unwrap_or(kind), chained),
        None => (kind, parameter),
    };
    let derive = |form| search::derive(kind, parameter, resource, form);
    let value = match from.form {
        ValueForm::Own => derive(Form::own(kind, parameter)),
        ValueForm::Token => derive(Form::Token),
        ValueForm::Code => derive(Form::Code),
        ValueForm::OtherSystem => derive(Form::Code).map(|code| format!("{OTHER_SYSTEM}|{code}")),
        ValueForm::System => derive(Form::System),
        ValueForm::Reference => derive(Form::Reference),
        ValueForm::Id => derive(Form::Id),
        ValueForm::Date => derive(Form::Date),
        ValueForm::Day => derive(Form::Day),
        ValueForm::Month => derive(Form::Month),
        ValueForm::Year => derive(Form::Year),
        ValueForm::String => derive(Form::String),
        ValueForm::Folded => derive(Form::Folded),
        ValueForm::Start => derive(Form::Start).map(|text| text.to_lowercase()),
    };
    let value = value.ok_or_else(|| {
        let id = resource["id"].as_str().unwrap_or("?");
        Missing::data(format!(
            "{kind}/{id} has no value for {parameter} in this form; load a {kind} that has one"
        ))
    })?;
    let around = |part: &Option<Template>| match part {
        Some(part) => text(part, scope),
        None => Ok(String::new()),
    };
    Ok(format!(
        "{}{value}{}",
        around(&from.prefix)?,
        around(&from.suffix)?
    ))
}
