//! Room for recursion: what parses, compiles and evaluates an expression calls itself for each of
//! its operators, calls and steps.

/// Bytes of stack for one link, of a build without optimisation.
const FRAME: usize = 16 * 1024;
/// Bytes of stack beside that.
const BASE: usize = 256 * 1024;

/// Upper bound of the depth of an expression's tree.
pub(super) fn links(expression: &str) -> usize {
    let is_link = |byte: &u8| b".[(|+-*/&=<>~,{ \t\r\n".contains(byte);
    expression.bytes().filter(|byte| is_link(byte)).count()
}

/// Runs with stack enough for an expression of so many links, wherever the caller is.
pub(super) fn enough<T>(links: usize, run: impl FnOnce() -> T) -> T {
    let need = BASE + links * FRAME;
    stacker::maybe_grow(need, need, run)
}
