//! Both ways, by hand-made documents; the sample data is read and written in `tests/xml.rs`.

use serde_json::{Value, json};

use super::{WriteError, Xml, is_xml};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

fn patient(content: &str) -> String {
    format!("<Patient xmlns=\"http://hl7.org/fhir\">{content}</Patient>")
}

fn read(text: &str) -> Value {
    let document = Xml::embedded()
        .read(text)
        .unwrap_or_else(|issue| panic!("{issue:?}"));
    assert_eq!(document.issues, [], "{text}");
    document.value
}

/// XML → JSON, and that JSON → the same XML.
fn both_ways(xml: &str, json: &Value) {
    assert_eq!(&read(xml), json);
    let written = Xml::embedded().write(json).expect("XML");
    assert_eq!(written, format!("{HEAD}{xml}"));
}

#[test]
fn lists_types_and_order_come_from_the_definitions() {
    both_ways(
        &patient(
            "<id value=\"p\"/><active value=\"true\"/><name id=\"n\"><family value=\"A &amp; &lt;B&gt; &quot;C&quot;\"/><given value=\"x\"/><given value=\"a&#10;b\"/></name><deceasedBoolean value=\"false\"/><multipleBirthInteger value=\"2\"/>",
        ),
        &json!({
            "resourceType": "Patient",
            "multipleBirthInteger": 2,
            "id": "p",
            "active": true,
            "name": [{"id": "n", "given": ["x", "a\nb"], "family": "A & <B> \"C\""}],
            "deceasedBoolean": false,
        }),
    );
}

#[test]
fn primitives_have_ids_and_extensions_padded_with_null() {
    let extension = "<extension url=\"urn:e\"><valueCode value=\"c\"/></extension>";
    both_ways(
        &patient(&format!(
            "<active id=\"a\" value=\"true\"/><name><given value=\"x\"/><given>{extension}</given><given id=\"g\" value=\"z\"/></name><birthDate>{extension}</birthDate>"
        )),
        &json!({
            "resourceType": "Patient",
            "active": true,
            "_active": {"id": "a"},
            "name": [{
                "given": ["x", null, "z"],
                "_given": [null, {"extension": [{"url": "urn:e", "valueCode": "c"}]}, {"id": "g"}],
            }],
            "_birthDate": {"extension": [{"url": "urn:e", "valueCode": "c"}]},
        }),
    );
}

#[test]
fn resources_stand_inside_resources() {
    both_ways(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"collection\"/><entry><fullUrl value=\"urn:u\"/><resource><Observation><contained><Patient><id value=\"c\"/></Patient></contained><status value=\"final\"/><referenceRange><text value=\"r\"/></referenceRange><component><referenceRange><text value=\"s\"/></referenceRange></component></Observation></resource></entry></Bundle>",
        &json!({
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{
                "fullUrl": "urn:u",
                "resource": {
                    "resourceType": "Observation",
                    "contained": [{"resourceType": "Patient", "id": "c"}],
                    "status": "final",
                    "referenceRange": [{"text": "r"}],
                    "component": [{"referenceRange": [{"text": "s"}]}],
                },
            }],
        }),
    );
}

#[test]
fn numbers_are_those_of_json() {
    for (text, value) in [
        ("1.5", json!(1.5)),
        ("120", json!(120)),
        ("-0.001", json!(-0.001)),
        ("1e3", json!(1e3)),
        ("12345678901234567.25", json!(12345678901234567.25)),
    ] {
        let xml = format!(
            "<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"{text}\"/></valueQuantity></Observation>"
        );
        assert_eq!(read(&xml)["valueQuantity"]["value"], value, "{text}");
    }
}

#[test]
fn a_narrative_keeps_its_text() {
    let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a'>A &amp; B&#160;<br/> <!-- c --></p>\n</div>";
    both_ways(
        &patient(&format!("<text><status value=\"generated\"/>{div}</text>")),
        &json!({"resourceType": "Patient", "text": {"status": "generated", "div": div}}),
    );
}

#[test]
fn namespaces_may_have_prefixes() {
    let json = json!({"resourceType": "Patient", "text": {
        "status": "empty",
        "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\" class=\"a\"><p>x</p><br/></div>",
    }});
    let prefixed = "<f:Patient xmlns:f=\"http://hl7.org/fhir\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\"><f:text><f:status value=\"empty\"/><h:div class=\"a\"><h:p>x</h:p><h:br/></h:div></f:text></f:Patient>";
    let default = prefixed.replace("xmlns:h=", "xmlns=").replace("h:", "");
    assert!(default.contains("<div class"));
    for text in [prefixed, &default] {
        assert_eq!(read(text), json, "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_document_is_said_with_its_place() {
    let table = [
        ("\n  <nam/>", "`<nam>` is no element of Patient", (2, 3)),
        (
            "<name><x/></name>",
            "`<x>` is no element of Patient.name[0]",
            (1, 44),
        ),
        (
            "<name/><active value=\"true\"/>",
            "`<active>` comes too late",
            (1, 45),
        ),
        (
            "<active value=\"true\"/><active value=\"true\"/>",
            "more than once",
            (1, 60),
        ),
        ("<active valeu=\"true\"/>", "attribute `valeu`", (1, 38)),
        ("<name value=\"A\"/>", "attribute `value`", (1, 38)),
        ("<name>Anna</name>", "holds text", (1, 38)),
        ("<id value=\"a\">x</id>", "holds text", (1, 38)),
        ("<contained/>", "holds 0 resources", (1, 38)),
        (
            "<active xmlns=\"urn:x\" value=\"true\"/>",
            "not in FHIR's namespace",
            (1, 38),
        ),
        (
            "<active value=\" true\"/>",
            "the value of `<active>` is not true or false",
            (1, 38),
        ),
        (
            "<multipleBirthInteger value=\"01\"/>",
            "the value of `<multipleBirthInteger>` is not a number",
            (1, 38),
        ),
        (
            "<p xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "XHTML stands here",
            (1, 38),
        ),
        (
            "<extension><url value=\"urn:e\"/></extension>",
            "`<url>` is no element",
            (1, 49),
        ),
    ];
    for (content, message, place) in table {
        let document = Xml::embedded().read(&patient(content)).expect(content);
        let [issue] = document.issues.as_slice() else {
            panic!("{content}: {:?}", document.issues);
        };
        assert!(
            issue.message.contains(message),
            "{content}: {}",
            issue.message
        );
        let found = (issue.location.line, issue.location.column);
        assert_eq!(found, (Some(place.0), Some(place.1)), "{content}");
    }
}

#[test]
fn hostile_and_broken_documents_are_refused() {
    let entity = "<!DOCTYPE Patient [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let deep = "<contained><Patient>".repeat(5000);
    let wide: String = (0..100).map(|at| format!(" a{at}=\"\"")).collect();
    let table = [
        (String::new(), "no element"),
        ("<".to_owned(), "not closed"),
        (
            format!("{entity}{}", patient("<id value=\"&a;\"/>")),
            "document type",
        ),
        (patient("<id value=\"&a;\"/>"), "entity"),
        (patient("<id value=\"&#0;\"/>"), "0x0"),
        (patient("<id value=\"&#1;\"/>"), "U+0001"),
        (patient("<id value=\"\u{1}\"/>"), "U+0001"),
        (patient("<id value=\"a\" value=\"b\"/>"), "duplicate"),
        (patient("<id value=\"<\"/>"), "`<`"),
        (patient("<id value=a/>"), "value"),
        (patient(&format!("<id{wide}/>")), "attributes"),
        (patient(&deep), "deep"),
        (
            patient(&format!(
                "<text><div xmlns=\"http://www.w3.org/1999/xhtml\">{}",
                "<b>".repeat(5000)
            )),
            "deep",
        ),
        (
            patient("<text><div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp;</div></text>"),
            "`&nbsp;`",
        ),
        (
            patient("<text><div xmlns=\"http://www.w3.org/1999/xhtml\">"),
            "expected",
        ),
        ("<Patient>".to_owned(), "never closed"),
        (
            "<Patient xmlns=\"http://hl7.org/fhir\"></Pat>".to_owned(),
            "expected",
        ),
        ("<Patient/>".to_owned(), "not in FHIR's namespace"),
        (
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"/>".to_owned(),
            "not in FHIR's namespace",
        ),
        (
            format!("{}{}", patient(""), patient("")),
            "more than one root",
        ),
        (format!("{} x", patient("")), "outside the root"),
        (
            "<HumanName xmlns=\"http://hl7.org/fhir\"/>".to_owned(),
            "no resource type",
        ),
        (
            patient("<contained><Foo/></contained>"),
            "no resource type `Foo`",
        ),
        (format!("<?xml version=\"1.1\"?>{}", patient("")), "XML 1.1"),
        (
            format!("<?xml version=\"1.0\" encoding=\"latin1\"?>{}", patient("")),
            "UTF-8",
        ),
    ];
    for (text, message) in table {
        let shown: String = text.chars().take(80).collect();
        match Xml::embedded().read(&text) {
            Ok(document) => panic!("{shown}: {document:?}"),
            Err(issue) => {
                assert!(
                    issue.message.contains(message),
                    "{shown}: {}",
                    issue.message
                );
                assert!(issue.location.line.is_some(), "{shown}");
            }
        }
    }
}

#[test]
fn a_document_cut_anywhere_is_no_panic() {
    let whole = format!(
        "{HEAD}<!-- é --><?pi x?>{}",
        patient(
            "<text><div xmlns=\"http://www.w3.org/1999/xhtml\">é&amp;<![CDATA[x]]></div></text><name id='é'><given value=\"&#x41;\"/></name>"
        )
    );
    assert!(Xml::embedded().read(&whole).is_ok());
    for (at, _) in whole.char_indices() {
        assert!(Xml::embedded().read(&whole[..at]).is_err(), "{at}");
    }
}

#[test]
fn what_xml_cannot_hold_is_not_written() {
    let table = [
        (
            json!({"resourceType": "Patent"}),
            "Patent: `Patent` is no resource type",
        ),
        (json!([]), "is no resource type"),
        (
            json!({"resourceType": "Patient", "nam": []}),
            "Patient: `nam` is no element",
        ),
        (
            json!({"resourceType": "Patient", "_name": []}),
            "`_name` is no element",
        ),
        (
            json!({"resourceType": "Patient", "name": {}}),
            "Patient.name: the value is not a list",
        ),
        (
            json!({"resourceType": "Patient", "name": []}),
            "not a list with something in it",
        ),
        (
            json!({"resourceType": "Patient", "active": [true]}),
            "not one value",
        ),
        (
            json!({"resourceType": "Patient", "active": {}}),
            "not a primitive value",
        ),
        (
            json!({"resourceType": "Patient", "name": [null]}),
            "Patient.name[0]: the value is not an object",
        ),
        (json!({"resourceType": "Patient", "id": "a\u{1}"}), "U+0001"),
        (
            json!({"resourceType": "Patient", "text": {"div": "</text><active value=\"true\"/><text>"}}),
            "the narrative cannot stand in XML",
        ),
        (
            json!({"resourceType": "Patient", "text": {"div": "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>"}}),
            "its root is no `div`",
        ),
    ];
    for (value, message) in table {
        let error = Xml::embedded().write(&value).expect_err(message);
        assert!(error.to_string().contains(message), "{error}");
    }
    let deep = (0..200).fold(
        json!({"resourceType": "Basic"}),
        |inner, _| json!({"resourceType": "Basic", "contained": [inner]}),
    );
    assert!(matches!(
        Xml::embedded().write(&deep),
        Err(WriteError::Depth { .. })
    ));
}

#[test]
fn xml_is_told_from_json() {
    assert!(is_xml("\u{feff} <Patient/>"));
    assert!(!is_xml("{}") && !is_xml(""));
}

#[test]
fn nobody_reads_more_than_a_thousand_issues() {
    let document = Xml::embedded()
        .read(&patient(&"<x/>".repeat(3000)))
        .expect("a document");
    assert_eq!(document.issues.len(), 1000);
}
