//! What the compiler makes and the walk uses; neither of them, nor any single rule, is known here.

mod compiled;
mod place;
mod primitive;
mod schema;
mod sink;

pub use compiled::{CompileError, Compiled, Definitions, Member, Rule, Scope, Shape, Target};
pub use place::{Here, Place};
pub use primitive::Primitive;
pub use schema::{ANNOTATION, Schema};
pub use sink::{Finding, Judgement, Sink, Unchecked};
