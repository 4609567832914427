//! Function calls: what sees the focus, the items or the resource around.

use serde_json::Value;

use super::function::Function;
use super::item::{Element, Item};
use super::result::{Items, Outcome, boolean};
use super::run::{Bound, Run};
use super::value::simple;
use super::{Expr, Stop};

impl<'a> Run<'a, '_> {
    pub(super) fn call(
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
            (Function::Not, _) if self.scope.decided && items.is_empty() => Ok(boolean(Some(true))),
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
