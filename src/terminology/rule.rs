//! Code systems that are grammars or short official lists rather than FHIR resources.

use std::sync::LazyLock;

use regex::Regex;

use super::Membership;

/// Decides whether a system has a code.
pub(super) type Rule = fn(&str) -> Membership;

/// The rule for a system, where there is one.
pub(super) fn of_system(system: &str) -> Option<Rule> {
    match system {
        "urn:ietf:bcp:47" => Some(language),
        "urn:ietf:bcp:13" => Some(media_type),
        "urn:iso:std:iso:4217" => Some(currency),
        _ => None,
    }
}

fn decided(is_member: bool) -> Membership {
    if is_member {
        Membership::Member
    } else {
        Membership::NotMember
    }
}

/// A well-formed language tag (RFC 5646 section 2.1); registration is not checked.
fn language(code: &str) -> Membership {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WYZa-wyz0-9](?:-[A-Za-z0-9]{2,8})+)*(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?$|^[xX](?:-[A-Za-z0-9]{1,8})+$",
        )
        .ok()
    });
    decided(TAG.as_ref().is_some_and(|tag| tag.is_match(code)))
}

/// A well-formed media type (RFC 2045 section 5.1, RFC 6838 section 4.2); registration is not checked.
fn media_type(code: &str) -> Membership {
    static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:\s*;\s*[A-Za-z0-9!#$&^_.+-]+=(?:[^\s";]+|"[^"]*"))*$"#,
        )
        .ok()
    });
    decided(TYPE.as_ref().is_some_and(|pattern| pattern.is_match(code)))
}

/// A currency code in use (ISO 4217).
fn currency(code: &str) -> Membership {
    decided(
        CURRENCIES
            .split_ascii_whitespace()
            .any(|known| known == code),
    )
}

const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
    CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD \
    GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR \
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TVD TWD \
    TZS UAH UGX USD USN UYI UYU UYW UZS VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER \
    ZAR ZMW ZWL";
