//! Parsed expression → program.

use octofhir_fhirpath::{BinaryOperator, ExpressionNode, LiteralValue, UnaryOperator};

use super::function::Function;
use super::{Arithmetic, Compare, Expr, Literal, Logic, Program};

/// Compiles what is covered here; `None` leaves the expression to the general engine.
pub(in crate::fhirpath) fn compile(ast: &ExpressionNode) -> Option<Program> {
    let mut compiler = Compiler { typed: false };
    let body = compiler.node(ast)?;
    Some(Program {
        body,
        typed: compiler.typed,
    })
}

struct Compiler {
    typed: bool,
}

impl Compiler {
    fn boxed(&mut self, node: &ExpressionNode) -> Option<Box<Expr>> {
        self.node(node).map(Box::new)
    }

    fn node(&mut self, node: &ExpressionNode) -> Option<Expr> {
        Some(match node {
            ExpressionNode::Literal(literal) => Expr::Literal(constant(&literal.value)?),
            ExpressionNode::Identifier(identifier) => self.start(&identifier.name),
            ExpressionNode::PropertyAccess(access) => {
                if let Some(reflected) = self.reflection(&access.object, &access.property) {
                    return Some(reflected);
                }
                Expr::Child(
                    self.boxed(&access.object)?,
                    plain(&access.property).to_owned(),
                )
            }
            ExpressionNode::FunctionCall(call) => {
                self.call(Expr::This, &call.name, &call.arguments)?
            }
            ExpressionNode::MethodCall(call) => {
                let object = self.node(&call.object)?;
                self.call(object, &call.method, &call.arguments)?
            }
            ExpressionNode::IndexAccess(access) => {
                Expr::At(self.boxed(&access.object)?, self.boxed(&access.index)?)
            }
            ExpressionNode::BinaryOperation(operation) => {
                self.binary(operation.operator, &operation.left, &operation.right)?
            }
            ExpressionNode::UnaryOperation(operation) => match operation.operator {
                UnaryOperator::Negate => Expr::Negate(self.boxed(&operation.operand)?),
                UnaryOperator::Positive => self.node(&operation.operand)?,
                UnaryOperator::Not => return None,
            },
            ExpressionNode::Collection(collection) if collection.elements.is_empty() => Expr::Empty,
            ExpressionNode::Parenthesized(inner) => self.node(inner)?,
            ExpressionNode::TypeCast(cast) => {
                self.typed = true;
                Expr::As(self.boxed(&cast.expression)?, cast.target_type.clone())
            }
            ExpressionNode::TypeCheck(check) => {
                self.typed = true;
                Expr::Is(self.boxed(&check.expression)?, check.target_type.clone())
            }
            ExpressionNode::Union(union) => {
                Expr::Union(self.boxed(&union.left)?, self.boxed(&union.right)?)
            }
            ExpressionNode::Variable(variable) => self.variable(&variable.name)?,
            _ => return None,
        })
    }

    /// `type().name` and `type().namespace`.
    fn reflection(&mut self, object: &ExpressionNode, property: &str) -> Option<Expr> {
        let input = match object {
            ExpressionNode::MethodCall(call) if call.method == "type" => self.node(&call.object)?,
            ExpressionNode::FunctionCall(call) if call.name == "type" => Expr::This,
            _ => return None,
        };
        self.typed = true;
        match property {
            "name" => Some(Expr::TypeName(Box::new(input), true)),
            "namespace" => Some(Expr::TypeName(Box::new(input), false)),
            _ => None,
        }
    }

    fn start(&mut self, name: &str) -> Expr {
        let name = plain(name);
        if name.starts_with(|first: char| first.is_ascii_uppercase()) {
            self.typed = true;
            return Expr::TypeRoot(name.to_owned());
        }
        Expr::Child(Box::new(Expr::This), name.to_owned())
    }

    fn variable(&mut self, name: &str) -> Option<Expr> {
        let name = plain(name.trim_start_matches(['%', '$']));
        Some(match name {
            "this" => Expr::This,
            "index" => Expr::Index,
            "resource" => Expr::Resource,
            "rootResource" => Expr::RootResource,
            "context" => Expr::Context,
            "ucum" => text("http://unitsofmeasure.org"),
            "sct" => text("http://snomed.info/sct"),
            "loinc" => text("http://loinc.org"),
            _ => match name.split_once('-') {
                Some(("vs", id)) => text(&format!("http://hl7.org/fhir/ValueSet/{id}")),
                Some(("ext", id)) => text(&format!("http://hl7.org/fhir/StructureDefinition/{id}")),
                _ => return None,
            },
        })
    }

    fn call(&mut self, input: Expr, name: &str, arguments: &[ExpressionNode]) -> Option<Expr> {
        if matches!(name, "as" | "is" | "ofType") {
            let [only] = arguments else { return None };
            let target = type_name(only)?;
            self.typed = true;
            return Some(match name {
                "is" => Expr::Is(Box::new(input), target),
                _ => Expr::As(Box::new(input), target),
            });
        }
        let function = Function::by_name(name, arguments.len())?;
        let arguments = arguments
            .iter()
            .map(|argument| self.node(argument))
            .collect::<Option<Vec<_>>>()?;
        Some(Expr::Call(Box::new(input), function, arguments))
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &ExpressionNode,
        right: &ExpressionNode,
    ) -> Option<Expr> {
        if matches!(operator, BinaryOperator::Is | BinaryOperator::As) {
            let target = type_name(right)?;
            self.typed = true;
            let left = self.boxed(left)?;
            return Some(match operator {
                BinaryOperator::Is => Expr::Is(left, target),
                _ => Expr::As(left, target),
            });
        }
        let (l, r) = (self.boxed(left)?, self.boxed(right)?);
        Some(match operator {
            BinaryOperator::And => Expr::Logic(Logic::And, l, r),
            BinaryOperator::Or => Expr::Logic(Logic::Or, l, r),
            BinaryOperator::Xor => Expr::Logic(Logic::Xor, l, r),
            BinaryOperator::Implies => Expr::Logic(Logic::Implies, l, r),
            BinaryOperator::Equal => Expr::Equal(true, l, r),
            BinaryOperator::NotEqual => Expr::Equal(false, l, r),
            BinaryOperator::Equivalent => Expr::Equivalent(true, l, r),
            BinaryOperator::NotEquivalent => Expr::Equivalent(false, l, r),
            BinaryOperator::LessThan => Expr::Compare(Compare::Less, l, r),
            BinaryOperator::LessThanOrEqual => Expr::Compare(Compare::LessOrEqual, l, r),
            BinaryOperator::GreaterThan => Expr::Compare(Compare::Greater, l, r),
            BinaryOperator::GreaterThanOrEqual => Expr::Compare(Compare::GreaterOrEqual, l, r),
            BinaryOperator::Union => Expr::Union(l, r),
            BinaryOperator::In => Expr::In(l, r),
            BinaryOperator::Contains => Expr::In(r, l),
            BinaryOperator::Concatenate => Expr::Concatenate(l, r),
            BinaryOperator::Add => Expr::Arithmetic(Arithmetic::Add, l, r),
            BinaryOperator::Subtract => Expr::Arithmetic(Arithmetic::Subtract, l, r),
            _ => return None,
        })
    }
}

/// A name without its back-quotes.
fn plain(name: &str) -> &str {
    name.trim_matches('`')
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::String(value.to_owned()))
}

fn constant(value: &LiteralValue) -> Option<Literal> {
    Some(match value {
        LiteralValue::String(text) => Literal::String(text.clone()),
        LiteralValue::Integer(number) => Literal::Integer(*number),
        LiteralValue::Boolean(truth) => Literal::Boolean(*truth),
        LiteralValue::Decimal(number) => Literal::Decimal(number.to_string().parse().ok()?),
        _ => return None,
    })
}

/// A type as an argument or operand: `Patient`, `FHIR.Patient`, `System.String`.
fn type_name(node: &ExpressionNode) -> Option<String> {
    Some(match node {
        ExpressionNode::Identifier(identifier) => plain(&identifier.name).to_owned(),
        ExpressionNode::TypeInfo(info) => format!("{}.{}", info.namespace, info.name),
        ExpressionNode::PropertyAccess(access) => {
            format!("{}.{}", type_name(&access.object)?, plain(&access.property))
        }
        ExpressionNode::Parenthesized(inner) => type_name(inner)?,
        _ => return None,
    })
}
