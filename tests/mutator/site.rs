//! Walks a resource along the definitions that apply to it: each place where a definition says
//! something of an element, with what stands there.

use fhir_assay::profile::element::Element;
use fhir_assay::profile::snapshot::tree::Node;
use serde_json::Value;

use crate::library::LIBRARY;
pub use crate::members::{is_primitive, members};
use crate::slice;

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 24;

/// An element's definition and the object in which the element may stand.
#[derive(Clone)]
pub struct Site<'a> {
    /// The whole document.
    pub document: &'a Value,
    /// Pointer of the object.
    pub at: String,
    /// The innermost resource around it: its pointer.
    pub resource_at: String,
    /// FHIR type of the object, or path of a backbone element.
    pub owner_type: String,
    pub node: &'a Node,
    /// The base type's element, where the definition is a profile's.
    pub base: Option<&'a Element>,
    /// Canonical URL of the profile that says it; `None` for a base type.
    pub profile: Option<&'a str>,
    /// What stands there, of any type or slice.
    pub items: Vec<Item<'a>>,
    /// The element that is sliced, where the site is about one of its slices.
    pub sliced: Option<&'a Node>,
    /// The slices around it with the pointers of their items, the outermost first.
    pub slices: Vec<(&'a Node, &'a Node, String)>,
    /// Reached by way of a contentReference.
    pub by_content: bool,
}

/// A value and the definition of its element, for what holds of it as a whole.
#[derive(Clone)]
pub struct Head<'a> {
    pub document: &'a Value,
    pub at: String,
    pub resource_at: String,
    pub node: &'a Node,
    pub type_name: String,
    pub profile: Option<&'a str>,
    /// The slices that it is in.
    pub slices: Vec<(&'a Node, &'a Node, String)>,
}

/// One value of an element.
#[derive(Clone)]
pub struct Item<'a> {
    /// The JSON member.
    pub json: String,
    pub index: Option<usize>,
    pub pointer: String,
    pub value: Option<&'a Value>,
    pub type_name: String,
}

impl Site<'_> {
    pub fn element(&self) -> &Element {
        &self.node.element
    }

    /// Name without the type of a choice.
    pub fn name(&self) -> &str {
        self.node
            .name
            .strip_suffix("[x]")
            .unwrap_or(&self.node.name)
    }

    pub fn is_choice(&self) -> bool {
        self.node.name.ends_with("[x]")
    }

    /// True for an element of several values.
    pub fn is_list(&self) -> bool {
        self.base.unwrap_or(self.element()).max().is_list()
    }

    /// Pointer of a member of the object.
    pub fn member(&self, json: &str) -> String {
        format!("{}/{json}", self.at)
    }

    pub fn object(&self) -> &Value {
        self.document.pointer(&self.at).expect("an object")
    }
}

/// Every site of a document, and every value.
pub fn sites(document: &Value) -> (Vec<Site<'_>>, Vec<Head<'_>>) {
    let mut walk = Walk {
        document,
        sites: Vec::new(),
        heads: Vec::new(),
    };
    walk.resource("", 0);
    (walk.sites, walk.heads)
}

struct Walk<'a> {
    document: &'a Value,
    sites: Vec<Site<'a>>,
    heads: Vec<Head<'a>>,
}

/// The definition of an object while it is walked.
#[derive(Clone)]
struct Ground<'a> {
    at: String,
    resource_at: String,
    type_name: String,
    node: &'a Node,
    base: Option<&'a Node>,
    profile: Option<&'a str>,
    slices: Vec<(&'a Node, &'a Node, String)>,
    by_content: bool,
}

impl<'a> Ground<'a> {
    fn head(&self, document: &'a Value) -> Head<'a> {
        Head {
            document,
            at: self.at.clone(),
            resource_at: self.resource_at.clone(),
            node: self.node,
            type_name: self.type_name.clone(),
            profile: self.profile,
            slices: self.slices.clone(),
        }
    }
}

impl<'a> Walk<'a> {
    fn resource(&mut self, at: &str, depth: usize) {
        let document = self.document;
        let Some(value) = document.pointer(at) else {
            return;
        };
        let name = value["resourceType"].as_str().unwrap_or_default();
        let Some(root) = LIBRARY.types.get(name) else {
            return;
        };
        // A resource within another is judged by itself.
        let ground = Ground {
            at: at.to_owned(),
            resource_at: at.to_owned(),
            type_name: name.to_owned(),
            node: root,
            base: None,
            profile: None,
            slices: Vec::new(),
            by_content: false,
        };
        self.object(&ground, depth);
        for claim in value["meta"]["profile"].as_array().into_iter().flatten() {
            let url = claim.as_str().unwrap_or_default();
            self.profile(url, &ground, depth);
        }
    }

    /// The same object by a profile of its type.
    fn profile(&mut self, url: &str, ground: &Ground<'a>, depth: usize) {
        let Some((url, profile)) = LIBRARY.profiles.get_key_value(url) else {
            return;
        };
        let base = LIBRARY.types.get(&profile.snapshot.type_name);
        self.object(
            &Ground {
                node: &profile.snapshot.root,
                base,
                profile: Some(url),
                ..ground.clone()
            },
            depth,
        );
    }

    fn object(&mut self, ground: &Ground<'a>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        // What is beside a primitive is half of the element.
        let is_sibling = ground.at.split('/').any(|step| step.starts_with('_'));
        if !is_sibling || ground.profile.is_some() {
            self.heads.push(ground.head(self.document));
        }
        for node in &ground.node.children {
            let base = child_of_base(ground, node);
            // A definition of a part that the base type does not have says nothing.
            if ground.profile.is_some() && base.is_none() {
                continue;
            }
            let items = self.items(&ground.at, base.unwrap_or(node));
            self.member(ground, node, base, &items, None, depth);
            for slice in &node.slices {
                let Some(own) = slice::members(self.document, node, slice, &items) else {
                    continue;
                };
                self.member(ground, slice, base, &own, Some(node), depth);
            }
        }
    }

    fn member(
        &mut self,
        ground: &Ground<'a>,
        node: &'a Node,
        base: Option<&'a Node>,
        items: &[Item<'a>],
        sliced: Option<&'a Node>,
        depth: usize,
    ) {
        let site = Site {
            document: self.document,
            at: ground.at.clone(),
            resource_at: ground.resource_at.clone(),
            owner_type: ground.type_name.clone(),
            node,
            base: base.map(|base| &base.element),
            profile: ground.profile,
            items: items.to_vec(),
            sliced,
            slices: ground.slices.clone(),
            by_content: ground.by_content,
        };
        self.sites.push(site);
        for item in items {
            let mut slices = ground.slices.clone();
            if let Some(sliced) = sliced {
                slices.push((sliced, node, item.pointer.clone()));
            }
            let below = Ground {
                at: item.pointer.clone(),
                slices,
                node,
                base,
                type_name: item.type_name.clone(),
                ..ground.clone()
            };
            if node.children.is_empty() {
                self.heads.push(below.head(self.document));
            }
            self.below(item, &below, depth);
        }
    }

    /// What is below one value.
    fn below(&mut self, item: &Item<'a>, ground: &Ground<'a>, depth: usize) {
        if ground.profile.is_none() && is_primitive(&item.type_name) {
            self.sibling(item, ground, depth);
        }
        if !item.value.is_some_and(Value::is_object) {
            return;
        }
        let profiles = ground.node.element.types.iter();
        let profiles: Vec<&str> = profiles
            .filter(|allowed| allowed.code == item.type_name && allowed.code != "Extension")
            .filter_map(|allowed| match allowed.profiles.as_slice() {
                [only] => Some(only.as_str()),
                _ => None,
            })
            .collect();
        for url in profiles {
            self.profile(url, ground, depth + 1);
        }
        if item.type_name == "Extension" && ground.profile.is_none() {
            let url = item.value.and_then(|value| value["url"].as_str());
            self.profile(url.unwrap_or_default(), ground, depth + 1);
        }
        if !ground.node.children.is_empty() {
            self.object(ground, depth + 1);
            return;
        }
        if ground.profile.is_some() {
            return;
        }
        if let Some(reference) = &ground.node.element.content_reference {
            let path = reference.rsplit('#').next().unwrap_or_default();
            if let Some(node) = LIBRARY.by_path(path) {
                let ground = Ground {
                    node,
                    type_name: path.to_owned(),
                    by_content: true,
                    ..ground.clone()
                };
                self.object(&ground, depth + 1);
            }
        } else if LIBRARY.is_resource_type(&item.type_name) {
            self.resource(&item.pointer, depth + 1);
        } else if let Some(node) = LIBRARY.types.get(&item.type_name) {
            let ground = Ground {
                node,
                ..ground.clone()
            };
            self.object(&ground, depth + 1);
        }
    }

    /// Id and extensions of a primitive.
    fn sibling(&mut self, item: &Item<'a>, ground: &Ground<'a>, depth: usize) {
        let (parent, _) = crate::mutant::split(&item.pointer);
        let parent = match item.index {
            Some(_) => crate::mutant::split(parent).0,
            None => parent,
        };
        let at = match item.index {
            Some(index) => format!("{parent}/_{}/{index}", item.json),
            None => format!("{parent}/_{}", item.json),
        };
        let document = self.document;
        if document.pointer(&at).is_some_and(Value::is_object)
            && let Some(node) = LIBRARY.types.get("Element")
        {
            let ground = Ground {
                at,
                node,
                type_name: item.type_name.clone(),
                ..ground.clone()
            };
            self.object(&ground, depth + 1);
        }
    }

    /// The values that an element has in an object.
    fn items(&self, at: &str, node: &Node) -> Vec<Item<'a>> {
        let document = self.document;
        let object = document.pointer(at).and_then(Value::as_object);
        let mut out = Vec::new();
        for (json, type_name) in members(node) {
            let Some(object) = object else { continue };
            let value = object.get(&json);
            let sibling = object.get(&format!("_{json}"));
            let length = |value: Option<&Value>| value.and_then(Value::as_array).map(Vec::len);
            let pointer = format!("{at}/{json}");
            match length(value).max(length(sibling)) {
                Some(count) => out.extend((0..count).map(|index| {
                    let value = value.and_then(|value| value.get(index));
                    Item {
                        json: json.clone(),
                        index: Some(index),
                        pointer: format!("{pointer}/{index}"),
                        value: value.filter(|value| !value.is_null()),
                        type_name: own_type(value, &type_name),
                    }
                })),
                None if value.is_some() || sibling.is_some() => out.push(Item {
                    type_name: own_type(value, &type_name),
                    json,
                    index: None,
                    pointer,
                    value,
                }),
                None => {}
            }
        }
        out
    }
}

fn own_type(value: Option<&Value>, declared: &str) -> String {
    let own = value.and_then(|value| value["resourceType"].as_str());
    own.unwrap_or(declared).to_owned()
}

/// The base type's element that a profile's element constrains.
fn child_of_base<'a>(ground: &Ground<'a>, node: &Node) -> Option<&'a Node> {
    let base = ground.base?;
    if let Some(reference) = &base.element.content_reference {
        let path = reference.rsplit('#').next()?;
        return LIBRARY.by_path(path)?.child(&node.name);
    }
    if !base.children.is_empty() {
        return base.child(&node.name);
    }
    LIBRARY
        .types
        .get(&ground.type_name)
        .or_else(|| LIBRARY.types.get("Element"))?
        .child(&node.name)
}
