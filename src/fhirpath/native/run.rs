//! Runs a program.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use regex::Regex;
use serde_json::Value;

use super::function::Function;
use super::item::{Element, Item, TypeName};
use super::{Arithmetic, Compare, Expr, Literal, Logic, Program, Scope, Stop, temporal};
use crate::fhirpath::{Model, html};

type Items<'a> = Vec<Item<'a>>;
type Outcome<'a> = Result<Items<'a>, Stop>;

/// Steps after which a program is stopped: bounds the work on hostile content.
const MAX_STEPS: u64 = 20_000_000;

impl Program {
    /// Evaluates; the result borrows from the resource.
    pub(in crate::fhirpath) fn run<'a>(&'a self, scope: &Scope<'a>) -> Outcome<'a> {
        let focus = Item::Element(Element {
            value: scope.focus.value.filter(|value| !value.is_null()),
            sibling: scope.focus.sibling.filter(|sibling| !sibling.is_null()),
            type_name: TypeName::Known(scope.focus.type_name),
        });
        let run = Run {
            scope,
            model: self.typed.then_some(scope.model),
            focus: focus.clone(),
            steps: Cell::new(0),
            unresolved: Cell::new(false),
        };
        let result = run.eval(
            &self.body,
            &Bound {
                this: &focus,
                index: 0,
            },
        )?;
        if run.unresolved.get() && !super::satisfied(&result) {
            return Err(Stop::Failed(
                "it depends on a reference whose target is not at hand".to_owned(),
            ));
        }
        Ok(result)
    }
}

struct Run<'a, 's> {
    scope: &'s Scope<'a>,
    model: Option<&'a Model>,
    focus: Item<'a>,
    steps: Cell<u64>,
    /// Set when `resolve()` met a reference it could not follow.
    unresolved: Cell<bool>,
}

/// `$this` and `$index`.
struct Bound<'b, 'a> {
    this: &'b Item<'a>,
    index: i64,
}

impl<'a> Run<'a, '_> {
    fn count(&self, work: usize) -> Result<(), Stop> {
        let steps = self.steps.get() + work as u64 + 1;
        self.steps.set(steps);
        if steps > MAX_STEPS {
            return Err(Stop::Failed("it takes too many steps".to_owned()));
        }
        Ok(())
    }

    fn eval(&self, expr: &'a Expr, bound: &Bound<'_, 'a>) -> Outcome<'a> {
        Ok(match expr {
            Expr::This => vec![bound.this.clone()],
            Expr::Index => vec![Item::Integer(bound.index)],
            Expr::Resource => vec![Item::Element(Element::resource(self.scope.resource))],
            Expr::RootResource => vec![Item::Element(Element::resource(self.scope.root))],
            Expr::Context => vec![self.focus.clone()],
            Expr::Empty => Vec::new(),
            Expr::Literal(literal) => vec![constant(literal)],
            Expr::Child(object, name) => self.child(object, name, bound)?,
            Expr::TypeRoot(name) => self.type_root(name, bound)?,
            Expr::At(object, index) => {
                let items = self.eval(object, bound)?;
                let index = self.eval(index, bound)?;
                let at = index.first().and_then(Item::as_integer);
                at.and_then(|at| usize::try_from(at).ok())
                    .and_then(|at| items.into_iter().nth(at))
                    .into_iter()
                    .collect()
            }
            Expr::Call(input, function, arguments) => {
                self.call(input, *function, arguments, bound)?
            }
            Expr::TypeName(object, local) => {
                let items = self.eval(object, bound)?;
                items
                    .iter()
                    .map(|item| reflect(item, *local))
                    .collect::<Result<_, _>>()?
            }
            Expr::Is(object, target) => {
                let items = self.eval(object, bound)?;
                match items.as_slice() {
                    [] => Vec::new(),
                    [item] => vec![Item::Boolean(self.is_type(item, target)?)],
                    _ => return Err(Stop::Unsupported),
                }
            }
            Expr::As(object, target) => {
                let mut kept = Vec::new();
                for item in self.eval(object, bound)? {
                    // A primitive is cast to its own type only, not to one it is derived from.
                    let own = match &item {
                        Item::Element(element) if !item.is_complex() => {
                            element.type_name.as_str() == target.trim_start_matches("FHIR.")
                        }
                        _ => true,
                    };
                    if self.is_type(&item, target)? && own {
                        kept.push(item);
                    }
                }
                kept
            }
            Expr::Negate(object) => match self.eval(object, bound)?.as_slice() {
                [] => Vec::new(),
                [Item::Integer(number)] => vec![Item::Integer(number.saturating_neg())],
                [item] => match item.as_number() {
                    Some(number) => vec![Item::Decimal(-number)],
                    None => return Err(Stop::Unsupported),
                },
                _ => return Err(Stop::Unsupported),
            },
            Expr::Logic(logic, left, right) => self.logic(*logic, left, right, bound)?,
            Expr::Compare(compare, left, right) => self.compare(*compare, left, right, bound)?,
            Expr::Equal(expected, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                boolean(self.equal(&left, &right)?.map(|equal| equal == *expected))
            }
            Expr::Equivalent(expected, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                boolean(Some(equivalent(&left, &right)? == *expected))
            }
            Expr::Union(left, right) => {
                let left = self.eval(left, bound)?;
                let right = self.eval(right, bound)?;
                self.distinct(left.into_iter().chain(right))?
            }
            Expr::In(left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                match left.as_slice() {
                    [] => Vec::new(),
                    [item] => boolean(Some(self.contains(&right, item)?)),
                    _ => return Err(Stop::Unsupported),
                }
            }
            Expr::Concatenate(left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                let text = |items: &[Item<'a>]| match items {
                    [] => Some(Cow::Borrowed("")),
                    [item] => item.text(),
                    _ => None,
                };
                let (left, right) = (text(&left), text(&right));
                let (Some(left), Some(right)) = (left, right) else {
                    return Err(Stop::Unsupported);
                };
                vec![Item::String(Cow::Owned(format!("{left}{right}")))]
            }
            Expr::Arithmetic(operation, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                arithmetic(*operation, &left, &right)?
            }
        })
    }

    fn child(&self, object: &'a Expr, name: &str, bound: &Bound<'_, 'a>) -> Outcome<'a> {
        let mut out = Vec::new();
        if let Expr::This = object {
            // The most frequent step, without a collection of one.
            if let Item::Element(element) = bound.this {
                element.child(name, self.model, &mut out);
            }
            self.count(out.len())?;
            return Ok(out);
        }
        for item in self.eval(object, bound)? {
            if let Item::Element(element) = item {
                element.child(name, self.model, &mut out);
            }
        }
        self.count(out.len())?;
        Ok(out)
    }

    /// A type's name at the start of a path means the focus itself.
    fn type_root(&self, name: &str, bound: &Bound<'_, 'a>) -> Outcome<'a> {
        let Item::Element(element) = bound.this else {
            return Err(Stop::Unsupported);
        };
        if self.is_a(element, name) {
            return Ok(vec![bound.this.clone()]);
        }
        Ok(Vec::new())
    }

    fn is_a(&self, element: &Element<'a>, target: &str) -> bool {
        let own = element.type_name.as_str();
        own == target || self.model.is_some_and(|model| model.is_a(own, target))
    }

    fn is_type(&self, item: &Item<'a>, target: &str) -> Result<bool, Stop> {
        let (system, name) = match target.split_once('.') {
            Some(("System", name)) => (true, name),
            Some(("FHIR", name)) => (false, name),
            Some(_) => return Err(Stop::Unsupported),
            None => (false, target),
        };
        Ok(match item {
            Item::Element(element) => {
                if element.type_name.as_str().is_empty() {
                    // The type is not known here: the general engine may do better.
                    return Err(Stop::Unsupported);
                }
                // FHIR's primitives are not the System types of similar names.
                !system && self.is_a(element, name)
            }
            Item::Boolean(_) => name == "Boolean",
            Item::Integer(_) => name == "Integer",
            Item::Decimal(_) => name == "Decimal",
            Item::String(_) => name == "String",
        })
    }

    fn logic(
        &self,
        logic: Logic,
        left: &'a Expr,
        right: &'a Expr,
        bound: &Bound<'_, 'a>,
    ) -> Outcome<'a> {
        let left = self.condition(left, bound)?;
        match (logic, left) {
            (Logic::And, Some(false)) => return Ok(boolean(Some(false))),
            (Logic::Or, Some(true)) => return Ok(boolean(Some(true))),
            (Logic::Implies, Some(false)) => return Ok(boolean(Some(true))),
            _ => {}
        }
        let right = self.condition(right, bound)?;
        Ok(boolean(match logic {
            Logic::And => match (left, right) {
                (Some(true), Some(true)) => Some(true),
                (Some(false), _) | (_, Some(false)) => Some(false),
                _ => None,
            },
            Logic::Or => match (left, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Logic::Xor => left.zip(right).map(|(left, right)| left != right),
            Logic::Implies => match (left, right) {
                (Some(false), _) | (_, Some(true)) => Some(true),
                (Some(true), other) => other,
                _ => None,
            },
        }))
    }

    /// A collection as a truth value: one item that is no boolean counts as true.
    fn condition(&self, expr: &'a Expr, bound: &Bound<'_, 'a>) -> Result<Option<bool>, Stop> {
        match self.eval(expr, bound)?.as_slice() {
            [] => Ok(None),
            [item] => Ok(Some(item.as_bool().unwrap_or(true))),
            _ => Err(Stop::Failed(
                "a collection of several items stands where one truth value is needed".to_owned(),
            )),
        }
    }

    fn compare(
        &self,
        compare: Compare,
        left: &'a Expr,
        right: &'a Expr,
        bound: &Bound<'_, 'a>,
    ) -> Outcome<'a> {
        let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
        let (left, right) = match (left.as_slice(), right.as_slice()) {
            ([], _) | (_, []) => return Ok(Vec::new()),
            ([left], [right]) => (left, right),
            _ => {
                return Err(Stop::Failed(
                    "several items are compared with `<` or `>`".to_owned(),
                ));
            }
        };
        let order = if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
            left.partial_cmp(&right)
        } else if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
            match temporal::compare(left, right) {
                Some(order) => order,
                None => Some(left.cmp(right)),
            }
        } else {
            // Quantities among others.
            return Err(Stop::Unsupported);
        };
        Ok(boolean(order.map(|order| match compare {
            Compare::Less => order.is_lt(),
            Compare::LessOrEqual => order.is_le(),
            Compare::Greater => order.is_gt(),
            Compare::GreaterOrEqual => order.is_ge(),
        })))
    }

    fn equal(&self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<Option<bool>, Stop> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut all = Some(true);
        for (left, right) in left.iter().zip(right) {
            match left.equals(right) {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => all = None,
            }
        }
        Ok(all)
    }

    fn contains(&self, items: &[Item<'a>], wanted: &Item<'a>) -> Result<bool, Stop> {
        self.count(items.len())?;
        Ok(items.iter().any(|item| item.equals(wanted) == Some(true)))
    }

    fn distinct(&self, items: impl Iterator<Item = Item<'a>>) -> Outcome<'a> {
        let mut out: Items<'a> = Vec::new();
        let mut texts: std::collections::HashSet<String> = std::collections::HashSet::new();
        for item in items {
            let fresh = match item.as_str() {
                // Long collections of text (references of a Bundle) stay linear.
                Some(text) if temporal::compare(text, text).is_none() => {
                    texts.insert(text.to_owned())
                }
                _ => !self.contains(&out, &item)?,
            };
            if fresh {
                out.push(item);
            }
        }
        Ok(out)
    }

    fn call(
        &self,
        input: &'a Expr,
        function: Function,
        arguments: &'a [Expr],
        bound: &Bound<'_, 'a>,
    ) -> Outcome<'a> {
        if function == Function::Iif {
            return self.iif(input, arguments, bound);
        }
        let items = self.eval(input, bound)?;
        self.count(items.len())?;
        match (function, arguments) {
            (Function::Exists | Function::Any, []) => Ok(boolean(Some(!items.is_empty()))),
            (Function::Exists | Function::Any, [criterion, ..]) => {
                for (at, item) in items.iter().enumerate() {
                    if self.criterion(criterion, item, at)? == Some(true) {
                        return Ok(boolean(Some(true)));
                    }
                }
                Ok(boolean(Some(false)))
            }
            (Function::All, [criterion, ..]) => {
                for (at, item) in items.iter().enumerate() {
                    if self.criterion(criterion, item, at)? != Some(true) {
                        return Ok(boolean(Some(false)));
                    }
                }
                Ok(boolean(Some(true)))
            }
            (Function::Where, [criterion, ..]) => {
                let mut kept = Vec::new();
                for (at, item) in items.into_iter().enumerate() {
                    if self.criterion(criterion, &item, at)? == Some(true) {
                        kept.push(item);
                    }
                }
                Ok(kept)
            }
            (Function::Select, [projection, ..]) => {
                let mut out = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    let bound = Bound {
                        this: item,
                        index: at as i64,
                    };
                    out.extend(self.eval(projection, &bound)?);
                }
                Ok(out)
            }
            (Function::Children, _) => Ok(self.children(&items)),
            (Function::Descendants, _) => self.descendants(items),
            (Function::Resolve, _) => self.resolve(&items),
            (
                Function::Union
                | Function::Combine
                | Function::Intersect
                | Function::Exclude
                | Function::SubsetOf,
                [other, ..],
            ) => {
                // A collection argument is seen from the same focus as the whole path.
                let other = self.eval(other, bound)?;
                self.set_function(function, items, other)
            }
            (Function::Extension, [url, ..]) => {
                let url = self.eval(url, bound)?;
                self.extension(&items, &url)
            }
            (Function::Distinct, _) => self.distinct(items.into_iter()),
            (Function::IsDistinct, _) => {
                let count = items.len();
                Ok(boolean(Some(
                    self.distinct(items.into_iter())?.len() == count,
                )))
            }
            (Function::Trace, _) => Ok(items),
            _ => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.eval(argument, bound)?);
                }
                simple(function, items, &values)
            }
        }
    }

    fn criterion(&self, expr: &'a Expr, item: &Item<'a>, at: usize) -> Result<Option<bool>, Stop> {
        self.condition(
            expr,
            &Bound {
                this: item,
                index: at as i64,
            },
        )
    }

    fn iif(&self, input: &'a Expr, arguments: &'a [Expr], bound: &Bound<'_, 'a>) -> Outcome<'a> {
        let items = self.eval(input, bound)?;
        let this = match items.as_slice() {
            [one] => one,
            [] => bound.this,
            _ => return Err(Stop::Unsupported),
        };
        let inner = Bound {
            this,
            index: bound.index,
        };
        let [test, yes, rest @ ..] = arguments else {
            return Err(Stop::Unsupported);
        };
        let criterion = self.eval(test, &inner)?;
        if criterion.iter().any(|item| item.as_bool().is_none()) {
            return Err(Stop::Failed(
                "the criterion of iif() is no boolean".to_owned(),
            ));
        }
        if super::truth(&criterion) {
            return self.eval(yes, &inner);
        }
        match rest {
            [no, ..] => self.eval(no, &inner),
            [] => Ok(Vec::new()),
        }
    }

    fn children(&self, items: &[Item<'a>]) -> Items<'a> {
        let mut out = Vec::new();
        for item in items {
            if let Item::Element(element) = item {
                element.children(self.model, &mut out);
            }
        }
        out
    }

    fn descendants(&self, items: Items<'a>) -> Outcome<'a> {
        let mut out = Vec::new();
        let mut level = items;
        while !level.is_empty() {
            let next = self.children(&level);
            self.count(next.len())?;
            out.extend(next.iter().cloned());
            level = next;
        }
        Ok(out)
    }

    fn extension(&self, items: &[Item<'a>], url: &[Item<'a>]) -> Outcome<'a> {
        let Some(url) = url.first().and_then(Item::as_str) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for item in items {
            if let Item::Element(element) = item {
                element.child("extension", self.model, &mut found);
            }
        }
        found.retain(|item| match item {
            Item::Element(element) => {
                element
                    .value
                    .and_then(|value| value.get("url"))
                    .and_then(Value::as_str)
                    == Some(url)
            }
            _ => false,
        });
        Ok(found)
    }

    fn resolve(&self, items: &[Item<'a>]) -> Outcome<'a> {
        let mut out = Vec::new();
        for item in items {
            let reference = match item {
                Item::Element(element) => element.value.and_then(|value| match value {
                    Value::String(text) => Some(text.as_str()),
                    other => other.get("reference").and_then(Value::as_str),
                }),
                Item::String(text) => Some(text.as_ref()),
                _ => None,
            };
            let Some(reference) = reference else { continue };
            match self
                .scope
                .resolver
                .and_then(|resolver| resolver.resolve(reference))
            {
                Some(target) => out.push(Item::Element(Element::resource(target))),
                None => self.unresolved.set(true),
            }
        }
        Ok(out)
    }

    fn set_function(&self, function: Function, items: Items<'a>, other: Items<'a>) -> Outcome<'a> {
        match function {
            Function::Union => self.distinct(items.into_iter().chain(other)),
            Function::Combine => Ok(items.into_iter().chain(other).collect()),
            Function::SubsetOf => {
                for item in &items {
                    if !self.contains(&other, item)? {
                        return Ok(boolean(Some(false)));
                    }
                }
                Ok(boolean(Some(true)))
            }
            _ => {
                let wanted = function == Function::Intersect;
                let mut kept = Vec::new();
                for item in items {
                    if self.contains(&other, &item)? == wanted {
                        kept.push(item);
                    }
                }
                if wanted {
                    self.distinct(kept.into_iter())
                } else {
                    Ok(kept)
                }
            }
        }
    }
}

/// Name or namespace of an item's type.
fn reflect<'a>(item: &Item<'a>, local: bool) -> Result<Item<'a>, Stop> {
    let (namespace, name) = match item {
        Item::Element(element) => match element.type_name.as_str() {
            "" => return Err(Stop::Unsupported),
            name if name.contains('.') => ("FHIR", "BackboneElement"),
            name => ("FHIR", name),
        },
        Item::Boolean(_) => ("System", "Boolean"),
        Item::Integer(_) => ("System", "Integer"),
        Item::Decimal(_) => ("System", "Decimal"),
        Item::String(_) => ("System", "String"),
    };
    let text = if local { name } else { namespace };
    Ok(Item::String(Cow::Owned(text.to_owned())))
}

/// Functions of the items and of argument values alone.
fn simple<'a>(function: Function, items: Items<'a>, arguments: &[Items<'a>]) -> Outcome<'a> {
    let argument = |at: usize| arguments.get(at).and_then(|items| items.first());
    Ok(match function {
        Function::Empty => boolean(Some(items.is_empty())),
        Function::Count => vec![Item::Integer(items.len() as i64)],
        Function::Not => match items.as_slice() {
            [] => Vec::new(),
            [item] => boolean(Some(!item.as_bool().unwrap_or(true))),
            _ => return Err(Stop::Unsupported),
        },
        Function::AllTrue => boolean(Some(items.iter().all(|item| item.as_bool() == Some(true)))),
        Function::AnyTrue => boolean(Some(items.iter().any(|item| item.as_bool() == Some(true)))),
        Function::First => items.into_iter().take(1).collect(),
        Function::Last => items.into_iter().next_back().into_iter().collect(),
        Function::Tail => items.into_iter().skip(1).collect(),
        Function::Skip | Function::Take => {
            let count = argument(0).and_then(Item::as_integer).unwrap_or(0);
            let count = usize::try_from(count).unwrap_or(0);
            match function {
                Function::Skip => items.into_iter().skip(count).collect(),
                _ => items.into_iter().take(count).collect(),
            }
        }
        Function::Single if items.len() > 1 => {
            return Err(Stop::Failed("single() meets several items".to_owned()));
        }
        Function::Single => items,
        Function::HasValue => boolean(Some(matches!(items.as_slice(), [item] if item.has_value()))),
        Function::GetValue => items.into_iter().filter(Item::has_value).take(1).collect(),
        Function::HtmlChecks => {
            let faults = items.iter().filter_map(Item::as_str).flat_map(html::check);
            boolean(Some(
                faults.filter(|fault| *fault != html::Fault::Empty).count() == 0,
            ))
        }
        _ => return text_function(function, &items, arguments),
    })
}

fn text_function<'a>(
    function: Function,
    items: &[Item<'a>],
    arguments: &[Items<'a>],
) -> Outcome<'a> {
    let item = match items {
        [] => return Ok(Vec::new()),
        [item] => item,
        _ => {
            return Err(Stop::Failed(
                "a text function meets several items".to_owned(),
            ));
        }
    };
    let argument = |at: usize| arguments.get(at).and_then(|items| items.first());
    if function == Function::ToText {
        return Ok(item.text().map(Item::String).into_iter().collect());
    }
    if function == Function::ToInteger {
        let number = item
            .as_integer()
            .or_else(|| item.as_str().and_then(|text| text.parse().ok()))
            .or_else(|| item.as_bool().map(i64::from));
        return Ok(number.map(Item::Integer).into_iter().collect());
    }
    let Some(text) = item.as_str() else {
        return match item.has_value() {
            true => Err(Stop::Unsupported),
            false => Ok(Vec::new()),
        };
    };
    let owned = |text: String| vec![Item::String(Cow::Owned(text))];
    match function {
        Function::Length => return Ok(vec![Item::Integer(text.chars().count() as i64)]),
        Function::Lower => return Ok(owned(text.to_lowercase())),
        Function::Upper => return Ok(owned(text.to_uppercase())),
        Function::Substring => {
            let Some(start) = argument(0).and_then(Item::as_integer) else {
                return Ok(Vec::new());
            };
            let Ok(start) = usize::try_from(start) else {
                return Ok(Vec::new());
            };
            let length = argument(1)
                .and_then(Item::as_integer)
                .map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
            if start >= text.chars().count() {
                return Ok(Vec::new());
            }
            return Ok(owned(text.chars().skip(start).take(length).collect()));
        }
        _ => {}
    }
    let Some(pattern) = argument(0).and_then(Item::as_str) else {
        return Ok(Vec::new());
    };
    if pattern.is_empty() && function == Function::ReplaceMatches {
        return Ok(owned(text.to_owned()));
    }
    Ok(match function {
        Function::StartsWith => boolean(Some(text.starts_with(pattern))),
        Function::EndsWith => boolean(Some(text.ends_with(pattern))),
        Function::Contains => boolean(Some(text.contains(pattern))),
        Function::IndexOf => {
            let at = text
                .find(pattern)
                .and_then(|at| text.get(..at))
                .map_or(-1, |before| before.chars().count() as i64);
            vec![Item::Integer(at)]
        }
        Function::Matches => boolean(Some(with_regex(pattern, |regex| regex.is_match(text))?)),
        Function::MatchesFull => {
            let whole = format!("^(?:{pattern})$");
            boolean(Some(with_regex(&whole, |regex| regex.is_match(text))?))
        }
        Function::Replace | Function::ReplaceMatches => {
            let Some(with) = argument(1).and_then(Item::as_str) else {
                return Ok(Vec::new());
            };
            match function {
                Function::Replace => owned(text.replace(pattern, with)),
                _ => owned(with_regex(pattern, |regex| {
                    regex.replace_all(text, with).into_owned()
                })?),
            }
        }
        _ => return Err(Stop::Unsupported),
    })
}

/// Runs with a compiled regular expression. They come from definitions, so few are kept for good.
fn with_regex<T>(pattern: &str, run: impl FnOnce(&Regex) -> T) -> Result<T, Stop> {
    static CACHE: LazyLock<RwLock<HashMap<String, Option<Regex>>>> = LazyLock::new(RwLock::default);
    const MAX_KEPT: usize = 2_000;
    if let Ok(cache) = CACHE.read()
        && let Some(found) = cache.get(pattern)
    {
        return found.as_ref().map(run).ok_or(Stop::Unsupported);
    }
    // `.` covers line breaks, as FHIR's expressions expect.
    let regex = regex::RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .build()
        .ok();
    let result = regex.as_ref().map(run).ok_or(Stop::Unsupported);
    if let Ok(mut cache) = CACHE.write()
        && cache.len() < MAX_KEPT
    {
        cache.insert(pattern.to_owned(), regex);
    }
    result
}

fn constant(literal: &Literal) -> Item<'_> {
    match literal {
        Literal::Boolean(truth) => Item::Boolean(*truth),
        Literal::Integer(number) => Item::Integer(*number),
        Literal::Decimal(number) => Item::Decimal(*number),
        Literal::String(text) => Item::String(Cow::Borrowed(text)),
    }
}

fn boolean<'a>(truth: Option<bool>) -> Items<'a> {
    truth.map(Item::Boolean).into_iter().collect()
}

fn arithmetic<'a>(operation: Arithmetic, left: &[Item<'a>], right: &[Item<'a>]) -> Outcome<'a> {
    let (left, right) = match (left, right) {
        ([], _) | (_, []) => return Ok(Vec::new()),
        ([left], [right]) => (left, right),
        _ => return Err(Stop::Unsupported),
    };
    if let (Some(left), Some(right)) = (left.as_integer(), right.as_integer()) {
        let result = match operation {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
        };
        return Ok(result.map(Item::Integer).into_iter().collect());
    }
    match (operation, left.as_str(), right.as_str()) {
        (Arithmetic::Add, Some(left), Some(right)) if temporal::compare(left, left).is_none() => {
            Ok(vec![Item::String(Cow::Owned(format!("{left}{right}")))])
        }
        // Decimals and dates are left to the general engine, which keeps precision.
        _ => Err(Stop::Unsupported),
    }
}

fn equivalent<'a>(left: &[Item<'a>], right: &[Item<'a>]) -> Result<bool, Stop> {
    match (left, right) {
        ([], []) => Ok(true),
        ([], _) | (_, []) => Ok(false),
        ([left], [right]) => match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) if temporal::compare(left, right).is_none() => {
                let normal = |text: &str| {
                    text.split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                        .to_lowercase()
                };
                Ok(normal(left) == normal(right))
            }
            _ if left.is_complex() || right.is_complex() => Err(Stop::Unsupported),
            _ => Ok(left.equals(right) == Some(true)),
        },
        _ => Err(Stop::Unsupported),
    }
}
