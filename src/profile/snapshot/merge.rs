//! One element of a differential over the element it constrains.

use crate::profile::element::{Constraint, Element};

/// Applies what the differential says; what it leaves out stays.
pub(super) fn merge(base: &mut Element, differential: &Element) {
    if let Some(min) = differential.min {
        base.min = Some(min);
    }
    if let Some(max) = differential.max {
        base.max = Some(max);
    }
    if !differential.types.is_empty() {
        base.types.clone_from(&differential.types);
    }
    let replace = [
        (&mut base.fixed, &differential.fixed),
        (&mut base.pattern, &differential.pattern),
        (&mut base.min_value, &differential.min_value),
        (&mut base.max_value, &differential.max_value),
    ];
    for (target, source) in replace {
        if source.is_some() {
            target.clone_from(source);
        }
    }
    if differential.max_length.is_some() {
        base.max_length = differential.max_length;
    }
    merge_binding(base, differential);
    if differential.slicing.is_some() {
        base.slicing.clone_from(&differential.slicing);
    }
    add_constraints(base, differential);
}

/// Adds constraints; of two with the same key the added one stands.
pub(super) fn add_constraints(base: &mut Element, added: &Element) {
    for constraint in &added.constraints {
        merge_constraint(&mut base.constraints, constraint);
    }
}

fn merge_binding(base: &mut Element, differential: &Element) {
    let Some(binding) = &differential.binding else {
        return;
    };
    let mut binding = binding.clone();
    if let Some(old) = &base.binding
        && binding.value_set.is_empty()
    {
        binding.value_set.clone_from(&old.value_set);
        binding.max_value_set = binding.max_value_set.or_else(|| old.max_value_set.clone());
    }
    base.binding = Some(binding);
}

fn merge_constraint(constraints: &mut Vec<Constraint>, new: &Constraint) {
    match constraints.iter_mut().find(|known| known.key == new.key) {
        Some(known) => known.clone_from(new),
        None => constraints.push(new.clone()),
    }
}
