//! The part of FHIRPath that definitions use, evaluated in place.
//!
//! [`compile`] turns a parsed expression into a [`Program`], or leaves it to the general engine
//! where it uses anything that is not covered here. A running program may still stop with
//! [`Stop::Unsupported`] (comparing quantities, for example): then too the general engine takes over.

mod call;
mod compile;
mod function;
mod item;
mod operator;
mod result;
mod run;
mod temporal;
mod value;

use serde_json::Value;

pub(super) use compile::compile;
pub(super) use item::Item;

use super::{Focus, Model, Resolve};
use function::Function;

/// Why a program gave no result.
#[derive(Debug)]
pub(super) enum Stop {
    /// Not covered here; the general engine can tell.
    Unsupported,
    /// An error by the rules of FHIRPath, or something that could not be found.
    Failed(String),
}

/// What a program runs in.
pub(super) struct Scope<'a> {
    pub(super) root: &'a Value,
    pub(super) resource: &'a Value,
    pub(super) focus: Focus<'a>,
    pub(super) model: &'a Model,
    pub(super) resolver: Option<&'a dyn Resolve>,
    /// Whether what is not there counts as false, and what can't be compared as equal to the task
    /// (see [`super::Session::satisfied`]).
    pub(super) decided: bool,
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Program {
    body: Expr,
    /// Whether any part asks for types; following types costs time.
    typed: bool,
}

#[derive(Debug)]
enum Expr {
    /// The item a criterion is asked about, or the focus.
    This,
    Index,
    Resource,
    RootResource,
    Context,
    Empty,
    Literal(Literal),
    /// A child by name, of the given expression.
    Child(Box<Expr>, String),
    /// A type name at the start of a path: the focus if it is of that type.
    TypeRoot(String),
    At(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Function, Vec<Expr>),
    /// `type().name`, or `type().namespace`.
    TypeName(Box<Expr>, bool),
    Is(Box<Expr>, String),
    As(Box<Expr>, String),
    Negate(Box<Expr>),
    Logic(Logic, Box<Expr>, Box<Expr>),
    Compare(Compare, Box<Expr>, Box<Expr>),
    Equal(bool, Box<Expr>, Box<Expr>),
    Equivalent(bool, Box<Expr>, Box<Expr>),
    Union(Box<Expr>, Box<Expr>),
    /// Whether the left item is among the right ones.
    In(Box<Expr>, Box<Expr>),
    Concatenate(Box<Expr>, Box<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
}

#[derive(Debug)]
enum Literal {
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    String(String),
}

#[derive(Debug, Clone, Copy)]
enum Logic {
    And,
    Or,
    Xor,
    Implies,
}

#[derive(Debug, Clone, Copy)]
enum Compare {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy)]
enum Arithmetic {
    Add,
    Subtract,
}

/// Whether the result counts as true.
pub(super) fn truth(items: &[Item<'_>]) -> bool {
    match items {
        [] => false,
        [one] => one.as_bool().unwrap_or(true),
        _ => true,
    }
}

/// Whether the result is true; `None` where there is none.
pub(super) fn verdict(items: &[Item<'_>]) -> Option<bool> {
    (!items.is_empty()).then(|| truth(items))
}

/// The result as JSON.
pub(super) fn values(items: &[Item<'_>]) -> Vec<Value> {
    items.iter().filter_map(Item::to_json).collect()
}
