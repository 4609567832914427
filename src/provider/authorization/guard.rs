//! What the FHIR side asks of a token: that it is there, sound, and gives the right to what is asked
//! (RFC 6750, SMART App Launch 2.2 scopes).

use super::access_token::Grant;
use super::bearer::bearer;
use super::instance::Authorization;
use crate::provider::model::{Ask, Defect, Interaction, included_by, scope};
use crate::provider::seams::FaultSet;

/// Name of a token in a URL (RFC 6750 section 2.3), where it must not stand.
const IN_QUERY: &str = "access_token";

/// Lets a request through, or says what is wrong with it.
pub(in crate::provider) fn check(
    authorization: &Authorization,
    faults: &FaultSet,
    ask: &Ask,
) -> Result<(), Defect> {
    match &ask.interaction {
        Interaction::Capabilities | Interaction::SmartConfiguration => Ok(()),
        Interaction::Base => grant(authorization, faults, ask).map(|_| ()),
        Interaction::Read { resource_type, .. } | Interaction::Vread { resource_type, .. } => {
            let grant = grant(authorization, faults, ask)?;
            check_right(faults, &grant, resource_type, "r")
        }
        Interaction::Submit | Interaction::Validate => {
            let grant = grant(authorization, faults, ask)?;
            check_right(faults, &grant, "DocumentReference", "c")
        }
        Interaction::Withdraw { .. } => {
            let grant = grant(authorization, faults, ask)?;
            check_right(faults, &grant, "DocumentReference", "d")
        }
        // A match is a search by other means.
        Interaction::Match => {
            let grant = grant(authorization, faults, ask)?;
            check_right(faults, &grant, "Patient", "s")
        }
        Interaction::Search { resource_type } => {
            let grant = grant(authorization, faults, ask)?;
            check_right(faults, &grant, resource_type, "s")?;
            check_included(faults, &grant, resource_type, ask)
        }
    }
}

fn grant(authorization: &Authorization, faults: &FaultSet, ask: &Ask) -> Result<Grant, Defect> {
    let in_query = ask.parameter(IN_QUERY);
    if in_query.is_some() {
        faults.overlook(Err(Defect::TokenInQuery))?;
    }
    match bearer(&ask.headers).or(in_query) {
        Some(token) => authorization.issuer.open(faults, token),
        None => faults
            .overlook(Err(Defect::TokenMissing))
            .or_else(|defect| faults.excuse(ask, defect))
            .map(|()| Grant::default()),
    }
}

fn check_right(
    faults: &FaultSet,
    grant: &Grant,
    resource_type: &str,
    right: &str,
) -> Result<(), Defect> {
    let Some(scopes) = &grant.scope else {
        return Ok(());
    };
    let verdict = if scope::permit(scopes, resource_type, right) {
        Ok(())
    } else if scope::know(scopes, resource_type) {
        Err(Defect::ScopeInteraction)
    } else {
        Err(Defect::ScopeType)
    };
    faults.overlook(verdict)
}

fn check_included(
    faults: &FaultSet,
    grant: &Grant,
    resource_type: &str,
    ask: &Ask,
) -> Result<(), Defect> {
    let Some(scopes) = &grant.scope else {
        return Ok(());
    };
    let forbidden = ask
        .parameters
        .iter()
        .filter_map(|(name, value)| included_by(resource_type, name, value))
        .any(|included| !scope::permit(scopes, included, "r"));
    faults.overlook(if forbidden {
        Err(Defect::ScopeIncluded)
    } else {
        Ok(())
    })
}
