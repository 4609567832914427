//! Language tags (BCP 47: RFC 5646, and the IANA language subtag registry).

use std::sync::LazyLock;

use regex::Regex;

use super::lists::COUNTRIES;

/// Whether a tag is well-formed and its language and region are registered. Not looked up:
/// three-letter languages, scripts, numeric regions, variants.
pub(super) fn is_tag(tag: &str) -> bool {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"^(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?",
            r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*",
            r"(?:-x(?:-[a-z0-9]{1,8})+)?$",
        ))
        .ok()
    });
    static PRIVATE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^x(?:-[a-z0-9]{1,8})+$").ok());
    let tag = tag.to_ascii_lowercase();
    let is_private = || {
        PRIVATE
            .as_ref()
            .is_some_and(|private| private.is_match(&tag))
    };
    let Some(parts) = TAG.as_ref().and_then(|pattern| pattern.captures(&tag)) else {
        return is_private() || holds(GRANDFATHERED, &tag);
    };
    let part = |name| parts.name(name).map(|part| part.as_str());
    part("language").is_some_and(is_language) && part("region").is_none_or(is_region)
}

fn is_language(language: &str) -> bool {
    if language.len() == 2 {
        holds(LANGUAGES, language)
    } else {
        !holds(UNREGISTERED, language)
    }
}

/// Countries; areas that the registry has besides; ranges for private use; digits.
fn is_region(region: &str) -> bool {
    let region = region.to_ascii_uppercase();
    region.len() == 3
        || holds(COUNTRIES, &region)
        || holds(OTHER_REGIONS, &region)
        || region.starts_with('X')
        || (region.starts_with('Q') && region.as_str() >= "QM")
}

fn holds(list: &str, item: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == item)
}

const OTHER_REGIONS: &str = "AA AC AN BU CP CQ CS DD DG EA EU EZ FX IC NT SU TA TP UN YD YU ZR ZZ";

/// Tags that are registered as a whole though the grammar does not allow them.
const GRANDFATHERED: &str = "en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo \
    i-pwn i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de";

/// Two-letter languages (ISO 639-1), with those that the registry keeps as deprecated.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el \
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it \
    iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo \
    mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh \
    si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh \
    yi yo za zh zu";

/// Three-letter codes (ISO 639-2) of languages that are registered with two letters.
const UNREGISTERED: &str = "aar abk afr aka alb amh ara arg arm asm ava ave aym aze bak bam baq bel ben bih bis bod bos bre bul bur cat \
    ces cha che chi chu chv cor cos cre cym cze dan deu div dut dzo ell eng epo est eus ewe fao fas fij fin fra \
    fre fry ful geo ger gla gle glg glv gre grn guj hat hau hbs heb her hin hmo hrv hun hye ibo ice ido iii iku \
    ile ina ind ipk isl ita jav jpn kal kan kas kat kau kaz khm kik kin kir kom kon kor kua kur lao lat lav lim \
    lin lit ltz lub lug mac mah mal mao mar may mkd mlg mlt mon mri msa mya nau nav nbl nde ndo nep nld nno nob \
    nor nya oci oji ori orm oss pan per pli pol por pus que roh ron rum run rus sag san sin slk slo slv sme smo \
    sna snd som sot spa sqi srd srp ssw sun swa swe tah tam tat tel tgk tgl tha tib tir ton tsn tso tuk tur twi \
    uig ukr urd uzb ven vie vol wel wln wol xho yid yor zha zho zul";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags() {
        let table = [
            ("de", true),
            ("de-AT", true),
            ("DE-at", true),
            ("zh-Hant-TW", true),
            ("es-419", true),
            ("sl-rozaj-biske", true),
            ("de-CH-1996", true),
            ("en-a-bbb-x-a-ccc", true),
            ("x-whatever", true),
            ("i-klingon", true),
            ("gsw", true),
            ("zh-yue", true),
            ("qaa-QM", true),
            ("", false),
            ("xx", false),
            ("deu", false),
            ("ger", false),
            ("german", false),
            ("de_AT", false),
            ("en-UK", false),
            ("de-", false),
            ("e", false),
            ("de AT", false),
        ];
        for (tag, expected) in table {
            assert_eq!(is_tag(tag), expected, "{tag}");
        }
    }
}
