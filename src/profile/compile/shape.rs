//! Element tree → rules.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::base::{BaseRef, is_choice, json_members, plain_name, type_names};
use super::schema::{SchemaBuilder, compile_schema};
use super::slicing::{self, Part};
use super::source::Source;
use crate::profile::element::{Constraint, Element, SlicingRules, TypeRef};
use crate::profile::model::{
    CompileError, Compiled, Member, Primitive, Rule, Schema, Shape, Target, Unchecked,
};
use crate::profile::rules::attachment::AttachmentRule;
use crate::profile::rules::binding::BindingRule;
use crate::profile::rules::bundle::BundleRule;
use crate::profile::rules::canonical::{CanonicalForm, CanonicalNote};
use crate::profile::rules::coding::CodeOfSystem;
use crate::profile::rules::display::DisplayRule;
use crate::profile::rules::element_id::ElementIds;
use crate::profile::rules::extension::ExtensionRule;
use crate::profile::rules::identifier::IdentifierRule;
use crate::profile::rules::inner_resource::InnerResource;
use crate::profile::rules::invariant::{Invariant, Skipped};
use crate::profile::rules::markup::MarkupRule;
use crate::profile::rules::narrative::NarrativeRule;
use crate::profile::rules::range::Bound;
use crate::profile::rules::reference::{ReferenceForm, ReferenceTargets};
use crate::profile::rules::search_parameter::{DeclaredParameter, DerivedParameter};
use crate::profile::rules::types::TypeProfiles;
use crate::profile::rules::vital_signs::VitalSigns;
use crate::profile::rules::whole::WholeNumber;
use crate::profile::snapshot::tree::Node;
use crate::profile::snapshot::{MAX_CHAIN, Snapshot};

/// Compiles one definition.
pub struct Builder<'s> {
    source: &'s Source,
    snapshot: &'s Arc<Snapshot>,
    profile: Arc<str>,
    named: HashMap<String, Arc<Shape>>,
    gaps: Vec<Unchecked>,
}

impl<'s> Builder<'s> {
    pub fn new(source: &'s Source, snapshot: &'s Arc<Snapshot>) -> Self {
        Self {
            source,
            snapshot,
            profile: snapshot.url.as_str().into(),
            named: HashMap::new(),
            gaps: snapshot
                .gaps
                .iter()
                .map(|gap| Unchecked {
                    what: format!("a part of {}", snapshot.url),
                    why: gap.clone(),
                })
                .collect(),
        }
    }

    pub fn compile(mut self) -> Result<Compiled, CompileError> {
        let snapshot = Arc::clone(self.snapshot);
        let base = snapshot.specialization;
        let (shape, schema) = if base {
            let shape = self.base_shape(&snapshot.root, true);
            let schema = match self.source.is_resource_type(&snapshot.type_name) {
                true => Some(SchemaBuilder::new(self.source).base(&snapshot.type_name)),
                false => None,
            };
            (shape, schema)
        } else {
            let type_snapshot = self.source.snapshots().of_type(&snapshot.type_name)?;
            let base = BaseRef::root(type_snapshot);
            let shape = Arc::new(self.delta_shape(&snapshot.root, Some(&base)));
            let schema = SchemaBuilder::new(self.source).delta(&snapshot.root, Some(&base));
            (shape, schema)
        };
        let schema = schema
            .map(|json| compile_schema(&snapshot.url, json))
            .transpose()?;
        Ok(Compiled {
            url: Arc::clone(&self.profile),
            type_name: snapshot.type_name.clone(),
            definition: Arc::clone(&snapshot.definition),
            shape,
            schema,
            named: self.named,
            gaps: self.gaps,
            imposed: imposed(self.source, &snapshot.definition),
            modifier_extension: is_modifier(&snapshot),
            base,
        })
    }

    /// Records something of the definition that is not checked.
    fn gap(&mut self, what: String, why: String) {
        self.gaps.push(Unchecked { what, why });
    }

    /// The schema of what a slice adds to the element that it slices.
    fn slice_schema(&mut self, node: &Node, base: Option<&BaseRef>) -> Option<Schema> {
        let json = SchemaBuilder::new(self.source).delta(node, base)?;
        match compile_schema(&self.profile, json) {
            Ok(schema) => Some(schema),
            Err(error) => {
                self.gap(
                    format!("the structure of {}", node.element.id),
                    error.to_string(),
                );
                None
            }
        }
    }

    fn base_shape(&mut self, node: &Node, owns_type: bool) -> Arc<Shape> {
        let mut shape = Shape {
            rules: self.rules(node, &[], None, owns_type),
            ..Shape::default()
        };
        self.special(node, &mut shape.rules);
        for child in &node.children {
            self.base_members(child, &mut shape);
        }
        let shape = Arc::new(shape);
        self.named
            .insert(node.element.path.clone(), Arc::clone(&shape));
        shape
    }

    /// Rules that no part of the definition states.
    fn special(&self, node: &Node, rules: &mut Vec<Box<dyn Rule>>) {
        match node.element.path.as_str() {
            "Extension" => rules.push(Box::new(ExtensionRule)),
            "Reference" => rules.push(Box::new(ReferenceForm)),
            "Coding" => {
                rules.push(Box::new(CodeOfSystem));
                rules.push(Box::new(DisplayRule));
            }
            "Quantity" | "Age" | "Count" | "Distance" | "Duration" => {
                rules.push(Box::new(CodeOfSystem));
            }
            "Identifier" => rules.push(Box::new(IdentifierRule)),
            "Attachment" => rules.push(Box::new(AttachmentRule)),
            "Bundle" => rules.push(Box::new(BundleRule)),
            "Observation" => rules.push(Box::new(VitalSigns)),
            "SearchParameter" => rules.push(Box::new(DerivedParameter)),
            "CapabilityStatement.rest.resource.searchParam" => {
                rules.push(Box::new(DeclaredParameter));
            }
            "Narrative.div" => rules.push(Box::new(NarrativeRule)),
            _ => {}
        }
        // Ids in a StructureDefinition are paths, in its snapshot as in its differential.
        let path = node.element.path.as_str();
        if self.source.is_resource_type(path) && path != "StructureDefinition" {
            rules.push(Box::new(ElementIds));
        }
        let has_text = |allowed: &TypeRef| matches!(allowed.code.as_str(), "string" | "markdown");
        if node.element.types.iter().any(has_text) {
            rules.push(Box::new(MarkupRule));
        }
        let types = &node.element.types;
        if types.iter().any(|allowed| allowed.code == "canonical") {
            rules.push(Box::new(CanonicalForm));
        }
        let is_whole = |allowed: &TypeRef| WholeNumber::is_for(&allowed.code);
        if types.iter().any(is_whole) {
            rules.push(Box::new(WholeNumber));
        }
    }

    fn base_members(&mut self, child: &Node, shape: &mut Shape) {
        for (json, type_name) in json_members(child) {
            let backbone = !child.children.is_empty();
            let (own, target) = if let Some(reference) = &child.element.content_reference {
                let path = reference.rsplit('#').next().unwrap_or_default().to_owned();
                (
                    self.base_shape_of_leaf(child, false),
                    Target::Content(path, OnceLock::new()),
                )
            } else if backbone {
                (Some(self.base_shape(child, true)), Target::None)
            } else if type_name == "xhtml" {
                (self.base_shape_of_leaf(child, true), Target::None)
            } else if Primitive::by_name(&type_name).is_some() {
                (self.base_shape_of_leaf(child, true), Target::Primitive)
            } else if self.source.is_resource_type(&type_name) {
                (Some(self.resource_shape(child)), Target::Resource)
            } else {
                (
                    self.base_shape_of_leaf(child, false),
                    Target::Type(OnceLock::new()),
                )
            };
            let type_name = match (&target, backbone) {
                (_, true) => child.element.path.clone(),
                (Target::Content(path, _), _) => path.clone(),
                _ => type_name,
            };
            shape.members.insert(
                json,
                Member {
                    name: plain_name(child).to_owned(),
                    type_name,
                    choice: is_choice(child),
                    shape: own,
                    target,
                },
            );
        }
    }

    /// An element that holds a whole resource.
    fn resource_shape(&mut self, node: &Node) -> Arc<Shape> {
        let mut rules = self.rules(node, &[], None, false);
        self.special(node, &mut rules);
        rules.push(Box::new(InnerResource));
        Arc::new(Shape {
            rules,
            ..Shape::default()
        })
    }

    fn base_shape_of_leaf(&mut self, node: &Node, owns_type: bool) -> Option<Arc<Shape>> {
        let mut rules = self.rules(node, &[], None, owns_type);
        self.special(node, &mut rules);
        (!rules.is_empty()).then(|| {
            Arc::new(Shape {
                rules,
                ..Shape::default()
            })
        })
    }

    /// The rules that a profile adds to an element of its base type.
    fn delta_shape(&mut self, node: &Node, base: Option<&BaseRef>) -> Shape {
        let base_node = base.and_then(BaseRef::node);
        let known = known_constraints(self.source, node, base_node);
        let mut shape = Shape {
            rules: self.rules(node, &known, base_node.map(|node| &node.element), true),
            ..Shape::default()
        };
        let types = type_names(&node.element);
        for child in &node.children {
            let child_base = base.and_then(|base| base.child(self.source, &child.name, &types));
            let closed = child
                .element
                .slicing
                .as_ref()
                .is_some_and(|slicing| slicing.rules == SlicingRules::Closed);
            if !child.slices.is_empty() || closed {
                let rule = self.slicing(child, child_base.as_ref());
                shape.rules.push(rule);
            }
            if child.element.max() == crate::profile::element::Max::Times(0) {
                continue;
            }
            let child_shape = self.delta_shape(child, child_base.as_ref());
            if child_shape.is_empty() {
                continue;
            }
            let child_shape = Arc::new(child_shape);
            for (json, type_name) in json_members(child) {
                shape.members.insert(
                    json,
                    Member {
                        name: plain_name(child).to_owned(),
                        type_name: match child_base.as_ref().and_then(BaseRef::node) {
                            Some(base) if !base.children.is_empty() => base.element.path.clone(),
                            _ => type_name,
                        },
                        choice: is_choice(child),
                        shape: Some(Arc::clone(&child_shape)),
                        target: Target::None,
                    },
                );
            }
        }
        shape
    }

    fn slicing(&mut self, node: &Node, base: Option<&BaseRef>) -> Box<dyn Rule> {
        let mut parts = Vec::new();
        for slice in &node.slices {
            parts.push(Part {
                shape: self.delta_shape(slice, base),
                schema: self.slice_schema(slice, base),
            });
        }
        let (source, gaps) = (self.source, &mut self.gaps);
        Box::new(slicing::compile(
            source,
            &self.profile,
            node,
            base,
            parts,
            gaps,
        ))
    }

    fn rules(
        &mut self,
        node: &Node,
        known: &[Constraint],
        base: Option<&Element>,
        owns_type: bool,
    ) -> Vec<Box<dyn Rule>> {
        let element = &node.element;
        let mut rules: Vec<Box<dyn Rule>> = Vec::new();
        if let Some(binding) = &element.binding
            && base.and_then(|base| base.binding.as_ref()) != Some(binding)
        {
            for rule in BindingRule::compile(binding, &self.profile) {
                rules.push(Box::new(rule));
            }
        }
        let same_bounds = base.is_some_and(|base| {
            base.min_value == element.min_value && base.max_value == element.max_value
        });
        if !same_bounds {
            for bound in Bound::compile(element, &self.profile, self.source.engine()) {
                match bound {
                    Ok(rule) => rules.push(Box::new(rule)),
                    Err(why) => self.gap(format!("bounds of {}", element.id), why),
                }
            }
        }
        let same_types = base.is_some_and(|base| base.types == element.types);
        if !same_types {
            self.type_rules(element, &mut rules);
        }
        for constraint in &element.constraints {
            // The type's own rules hold where its shape is applied.
            let by_type = !owns_type && constraint.key == "ele-1";
            // Said with one message for each fault by the narrative rule.
            let narrative = element.path == "Narrative.div" && constraint.key.starts_with("txt-");
            if by_type || narrative || known.iter().any(|known| same(known, constraint)) {
                continue;
            }
            match Invariant::compile(constraint, &self.profile, self.source.engine()) {
                Ok(rule) => rules.push(Box::new(rule)),
                Err(Skipped::NoExpression) => self.gap(
                    format!("constraint {} of {}", constraint.key, element.id),
                    "it has no FHIRPath expression".to_owned(),
                ),
                Err(Skipped::Broken(why)) => self.gap(
                    format!("constraint {} of {}", constraint.key, element.id),
                    why,
                ),
            }
        }
        rules
    }

    fn type_rules(&self, element: &Element, rules: &mut Vec<Box<dyn Rule>>) {
        for allowed in &element.types {
            if allowed.code == "Reference"
                && let Some(rule) = ReferenceTargets::compile(allowed, &self.profile)
            {
                rules.push(Box::new(rule));
            }
        }
        if element
            .types
            .iter()
            .any(|allowed| allowed.code == "canonical" && names_targets(allowed))
        {
            rules.push(Box::new(CanonicalNote));
        }
        if let Some(rule) = TypeProfiles::compile(&element.types, &self.profile) {
            rules.push(Box::new(rule));
        }
    }
}

const IMPOSE_PROFILE: &str =
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile";

/// The profiles that a definition imposes beside itself, or one that it is derived from: what conforms
/// to it conforms to its base too.
fn imposed(source: &Source, definition: &Arc<serde_json::Value>) -> Vec<String> {
    let base = |definition: &Arc<serde_json::Value>| {
        let url = definition["baseDefinition"].as_str()?;
        Some(Arc::clone(&source.snapshots().of(url).ok()?.definition))
    };
    std::iter::successors(Some(Arc::clone(definition)), base)
        .take(MAX_CHAIN)
        .flat_map(|definition| imposed_by(&definition))
        .collect()
}

fn imposed_by(definition: &serde_json::Value) -> Vec<String> {
    let extensions = definition["extension"].as_array().into_iter().flatten();
    extensions
        .filter(|extension| extension["url"] == IMPOSE_PROFILE)
        .filter_map(|extension| extension["valueCanonical"].as_str().map(str::to_owned))
        .collect()
}

/// True if a canonical may lead only to certain types; a definition of anything says nothing.
fn names_targets(allowed: &TypeRef) -> bool {
    allowed
        .targets
        .iter()
        .all(|target| !target.ends_with("/Resource"))
        && !allowed.targets.is_empty()
}

/// Constraints that the base type checks already.
fn known_constraints(source: &Source, node: &Node, base: Option<&Node>) -> Vec<Constraint> {
    let mut known: Vec<Constraint> = base
        .map(|base| base.element.constraints.clone())
        .unwrap_or_default();
    for allowed in &node.element.types {
        if let Ok(snapshot) = source.snapshots().of_type(&allowed.code) {
            known.extend(snapshot.root.element.constraints.iter().cloned());
        }
    }
    known
}

fn same(left: &Constraint, right: &Constraint) -> bool {
    // Every definition repeats these, with small differences in spelling.
    let everywhere = matches!(left.key.as_str(), "ele-1" | "ext-1") || left.key.starts_with("dom-");
    left.key == right.key
        && (everywhere || left.expression == right.expression || left.expression.is_none())
}

fn is_modifier(snapshot: &Snapshot) -> bool {
    snapshot
        .definition
        .pointer("/differential/element/0/isModifier")
        .or_else(|| {
            snapshot
                .definition
                .pointer("/snapshot/element/0/isModifier")
        })
        .and_then(serde_json::Value::as_bool)
        == Some(true)
}
