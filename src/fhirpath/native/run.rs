//! Runs a program.

use std::borrow::Cow;
use std::cell::Cell;

use super::item::{Element, Item, TypeName};
use super::operator;
use super::result::{Items, Outcome, boolean};
use super::{Expr, Literal, Logic, Program, Scope, Stop, temporal};
use crate::fhirpath::Model;

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
        if run.unresolved.get() && !super::verdict(&result).unwrap_or(!scope.decided) {
            return Err(Stop::Failed(
                "it depends on a reference whose target is not at hand".to_owned(),
            ));
        }
        Ok(result)
    }
}

pub(super) struct Run<'a, 's> {
    pub(super) scope: &'s Scope<'a>,
    pub(super) model: Option<&'a Model>,
    focus: Item<'a>,
    steps: Cell<u64>,
    /// Set when `resolve()` met a reference it could not follow.
    pub(super) unresolved: Cell<bool>,
}

/// `$this` and `$index`.
pub(super) struct Bound<'b, 'a> {
    pub(super) this: &'b Item<'a>,
    pub(super) index: i64,
}

impl<'a> Run<'a, '_> {
    pub(super) fn count(&self, work: usize) -> Result<(), Stop> {
        let steps = self.steps.get() + work as u64 + 1;
        self.steps.set(steps);
        if steps > MAX_STEPS {
            return Err(Stop::Failed("it takes too many steps".to_owned()));
        }
        Ok(())
    }

    pub(super) fn eval(&self, expr: &'a Expr, bound: &Bound<'_, 'a>) -> Outcome<'a> {
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
            Expr::Negate(object) => operator::negate(&self.eval(object, bound)?)?,
            Expr::Logic(logic, left, right) => self.logic(*logic, left, right, bound)?,
            Expr::Compare(compare, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                let truth = operator::compare(*compare, &left, &right)?;
                self.compared(truth, &left, &right)
            }
            Expr::Equal(expected, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                let truth = operator::equal(&left, &right).map(|equal| equal == *expected);
                self.compared(truth, &left, &right)
            }
            Expr::Equivalent(expected, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                boolean(Some(operator::equivalent(&left, &right)? == *expected))
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
                operator::concatenate(&left, &right)?
            }
            Expr::Arithmetic(operation, left, right) => {
                let (left, right) = (self.eval(left, bound)?, self.eval(right, bound)?);
                operator::arithmetic(*operation, &left, &right)?
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
        let left = self.operand(left, bound)?;
        match (logic, left) {
            (Logic::And, Some(false)) => return Ok(boolean(Some(false))),
            (Logic::Or, Some(true)) => return Ok(boolean(Some(true))),
            (Logic::Implies, Some(false)) => return Ok(boolean(Some(true))),
            _ => {}
        }
        let right = self.operand(right, bound)?;
        Ok(boolean(operator::logic(logic, left, right)))
    }

    /// What `and`, `or`, `xor` and `implies` are about.
    fn operand(&self, expr: &'a Expr, bound: &Bound<'_, 'a>) -> Result<Option<bool>, Stop> {
        let truth = self.condition(expr, bound)?;
        Ok(truth.or(self.scope.decided.then_some(false)))
    }

    /// A collection as a truth value: one item that is no boolean counts as true.
    pub(super) fn condition(
        &self,
        expr: &'a Expr,
        bound: &Bound<'_, 'a>,
    ) -> Result<Option<bool>, Stop> {
        match self.eval(expr, bound)?.as_slice() {
            [] => Ok(None),
            [item] => Ok(Some(item.as_bool().unwrap_or(true))),
            _ => Err(Stop::Failed(
                "a collection of several items stands where one truth value is needed".to_owned(),
            )),
        }
    }

    /// What a comparison says; one that can't be decided (moments of different precision, for
    /// example) holds where that is wanted.
    fn compared(&self, truth: Option<bool>, left: &[Item<'a>], right: &[Item<'a>]) -> Items<'a> {
        let both = !left.is_empty() && !right.is_empty();
        boolean(truth.or((self.scope.decided && both).then_some(true)))
    }

    pub(super) fn contains(&self, items: &[Item<'a>], wanted: &Item<'a>) -> Result<bool, Stop> {
        self.count(items.len())?;
        Ok(items.iter().any(|item| item.equals(wanted) == Some(true)))
    }

    pub(super) fn distinct(&self, items: impl Iterator<Item = Item<'a>>) -> Outcome<'a> {
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

fn constant(literal: &Literal) -> Item<'_> {
    match literal {
        Literal::Boolean(truth) => Item::Boolean(*truth),
        Literal::Integer(number) => Item::Integer(*number),
        Literal::Decimal(number) => Item::Decimal(*number),
        Literal::String(text) => Item::String(Cow::Borrowed(text)),
    }
}
