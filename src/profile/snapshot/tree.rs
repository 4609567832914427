//! A definition's elements as a tree, with slices beside the element that they slice.

use crate::profile::element::Element;

/// One element with what is below it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// Name without slice, such as `component` or `value[x]`.
    pub name: String,
    pub element: Element,
    pub children: Vec<Node>,
    /// Slices of this element, in order; a re-slice is named `slice/part`.
    pub slices: Vec<Node>,
}

impl Node {
    /// Builds the tree from a snapshot's elements; `None` if there is none.
    pub fn from_snapshot(elements: impl IntoIterator<Item = Element>) -> Option<Self> {
        let mut elements = elements.into_iter();
        let first = elements.next()?;
        let mut root = Self {
            name: first.path.clone(),
            element: first,
            ..Self::default()
        };
        let mut parents = Ids::default();
        for mut element in elements {
            let segments = parents.segments(&mut element);
            root.insert(&segments, element);
        }
        Some(root)
    }

    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn child_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    pub fn slice(&self, name: &str) -> Option<&Node> {
        self.slices
            .iter()
            .find(|slice| slice.element.slice_name.as_deref() == Some(name))
    }

    /// The child that a JSON member or a path step names: also `valueQuantity` and `value` for
    /// `value[x]`.
    pub fn child_or_choice(&self, name: &str) -> Option<&Node> {
        self.child(name)
            .or_else(|| self.children.iter().find(|child| is_choice_of(child, name)))
    }

    fn insert(&mut self, segments: &[Segment], element: Element) {
        let Some((segment, rest)) = segments.split_first() else {
            return;
        };
        let at = match self
            .children
            .iter()
            .position(|child| child.name == segment.name)
        {
            Some(at) => at,
            None => {
                self.children.push(Self {
                    name: segment.name.clone(),
                    ..Self::default()
                });
                self.children.len() - 1
            }
        };
        let Some(mut node) = self.children.get_mut(at) else {
            return;
        };
        if let Some(slice) = &segment.slice {
            let known = node
                .slices
                .iter()
                .position(|known| known.element.slice_name.as_deref() == Some(slice));
            let at = known.unwrap_or_else(|| {
                node.slices.push(Self {
                    name: segment.name.clone(),
                    element: Element {
                        slice_name: Some(slice.clone()),
                        ..Element::default()
                    },
                    ..Self::default()
                });
                node.slices.len() - 1
            });
            let Some(found) = node.slices.get_mut(at) else {
                return;
            };
            node = found;
        }
        if rest.is_empty() {
            let slice_name = segment.slice.clone();
            node.element = Element {
                slice_name,
                ..element
            };
        } else {
            node.insert(rest, element);
        }
    }

    /// Number of elements, this one included.
    pub fn size(&self) -> usize {
        let below = self.children.iter().chain(&self.slices);
        1 + below.map(Self::size).sum::<usize>()
    }

    /// All elements in snapshot order.
    pub fn flatten(&self) -> Vec<&Element> {
        let mut out = vec![&self.element];
        for child in &self.children {
            out.extend(child.flatten());
        }
        for slice in &self.slices {
            out.extend(slice.flatten());
        }
        out
    }
}

/// True if the node is `value[x]` and the name `value` or `valueQuantity`.
fn is_choice_of(node: &Node, name: &str) -> bool {
    let Some(stem) = node.name.strip_suffix("[x]") else {
        return false;
    };
    name == stem
        || name.strip_prefix(stem).is_some_and(|suffix| {
            node.element
                .types
                .iter()
                .any(|allowed| capitalised(&allowed.code) == suffix)
        })
}

/// `dateTime` → `DateTime`, as in names of choice members.
pub fn capitalised(code: &str) -> String {
    let mut letters = code.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => String::new(),
    }
}

/// One step of an element id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub name: String,
    pub slice: Option<String>,
}

/// Element ids made reliable: where an element has none, or one that does not fit its path, the id
/// follows from the path, the slice name and the elements before it.
#[derive(Debug, Default)]
pub struct Ids {
    /// Slice in force for each path seen.
    slices: std::collections::HashMap<String, String>,
}

impl Ids {
    /// Steps below the root; sets the element's id.
    pub fn segments(&mut self, element: &mut Element) -> Vec<Segment> {
        let names: Vec<&str> = element.path.split('.').collect();
        let parts: Vec<&str> = element.id.split('.').collect();
        let fits = parts.len() == names.len()
            && parts.iter().zip(&names).all(|(part, name)| {
                let part = part.split(':').next().unwrap_or_default();
                part == *name
                    || part
                        .strip_suffix("[x]")
                        .is_some_and(|stem| name.starts_with(stem))
            });
        let segments = if fits {
            parts.iter().skip(1).map(|part| segment(part)).collect()
        } else {
            self.follow(element, &names)
        };
        let mut segments: Vec<Segment> = segments;
        rename_choice(element, &mut segments);
        if let (Some(last), Some(slice)) = (segments.last_mut(), &element.slice_name)
            && last.slice.is_none()
        {
            last.slice = Some(slice.clone());
        }
        self.remember(element);
        segments
    }

    fn follow(&self, element: &Element, names: &[&str]) -> Vec<Segment> {
        let mut path = names.first().copied().unwrap_or_default().to_owned();
        let mut segments = Vec::new();
        for (at, name) in names.iter().enumerate().skip(1) {
            path = format!("{path}.{name}");
            let last = at + 1 == names.len();
            segments.push(Segment {
                name: (*name).to_owned(),
                slice: match last {
                    true => element.slice_name.clone(),
                    false => self.slices.get(&path).cloned(),
                },
            });
        }
        segments
    }

    fn remember(&mut self, element: &Element) {
        match &element.slice_name {
            Some(slice) => self.slices.insert(element.path.clone(), slice.clone()),
            None => self.slices.remove(&element.path),
        };
    }
}

fn segment(part: &str) -> Segment {
    match part.split_once(':') {
        Some((name, slice)) => Segment {
            name: name.to_owned(),
            slice: Some(slice.to_owned()),
        },
        None => Segment {
            name: part.to_owned(),
            slice: None,
        },
    }
}

/// `Observation.valueQuantity` with base path `Observation.value[x]` is the choice itself.
fn rename_choice(element: &Element, segments: &mut [Segment]) {
    let Some(last) = segments.last_mut() else {
        return;
    };
    let Some(base) = element
        .base_path
        .as_deref()
        .and_then(|path| path.rsplit('.').next())
    else {
        return;
    };
    if let Some(stem) = base.strip_suffix("[x]")
        && last.name != base
        && last.name.starts_with(stem)
    {
        base.clone_into(&mut last.name);
    }
}
