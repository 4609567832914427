//! [`Ask`] → [`Reply`]: who may ask, and what serves it.

use crate::provider::api::{capability, documents, patient_match, read, search, submissions};
use crate::provider::authorization;
use crate::provider::instance::Provider;
use crate::provider::model::{Ask, Interaction, Refusal, Reply};
use crate::provider::wire::negotiate;

/// The answer, unless the request is refused.
pub(super) fn answer(provider: &Provider, ask: &Ask) -> Result<Reply, Refusal> {
    if ask.interaction == Interaction::SmartConfiguration {
        return smart_configuration(provider);
    }
    if let Some(authorization) = &provider.authorization {
        authorization::check(authorization, &provider.faults, ask)
            .map_err(Refusal::unauthorized)?;
    }
    let format = negotiate::format(&ask.parameters, &ask.headers);
    let holds_anything = is_binary(&ask.interaction);
    if !holds_anything {
        provider.faults.judge(format.map(|_| ()))?;
    }
    match &ask.interaction {
        Interaction::Base => Err(Refusal::not_found(
            "nothing is served at the base URL; begin at its metadata",
        )),
        Interaction::Capabilities => Ok(capability::answer(provider)),
        Interaction::SmartConfiguration => smart_configuration(provider),
        Interaction::Read { resource_type, id } => {
            let reply = read::answer(provider, ask, resource_type, id)?;
            match holds_anything {
                true => documents::binary(ask, reply),
                false => Ok(reply),
            }
        }
        Interaction::Vread {
            resource_type,
            id,
            version,
        } => read::version(provider, ask, resource_type, id, version),
        Interaction::Search { resource_type } => search::answer(provider, ask, resource_type),
        Interaction::Match => patient_match::answer(provider, &ask.body),
        Interaction::Submit => submissions::take(provider, &ask.body),
        Interaction::Validate => submissions::validate(provider, &ask.body),
        Interaction::Withdraw { id } => submissions::withdraw(provider, id),
    }
}

/// What is read in the media type of what it holds.
fn is_binary(interaction: &Interaction) -> bool {
    matches!(interaction, Interaction::Read { resource_type, .. } if resource_type == "Binary")
}

/// JSON whatever the client accepts (SMART App Launch 2.2, conformance).
fn smart_configuration(provider: &Provider) -> Result<Reply, Refusal> {
    let authorization = provider
        .authorization
        .as_ref()
        .ok_or_else(|| Refusal::not_found("this instance has no authorization server"))?;
    let mut document = authorization::document(&authorization.endpoints);
    provider.faults.discover(&mut document);
    let mut reply = Reply::resource(document);
    "application/json".clone_into(&mut reply.media_type);
    Ok(reply)
}
