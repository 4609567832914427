//! Where in a resource something is: spelled out only for a finding.

/// A step down from the resource; the names are those of the JSON model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    above: Option<&'p Place<'p>>,
    name: &'p str,
    index: Option<usize>,
}

impl<'p> Place<'p> {
    /// The resource itself.
    pub(super) fn root(resource_type: &'p str) -> Self {
        Self {
            above: None,
            name: resource_type,
            index: None,
        }
    }

    /// An element below; `index` where it is in a list.
    pub(super) fn below(&'p self, name: &'p str, index: Option<usize>) -> Self {
        Self {
            above: Some(self),
            name,
            index,
        }
    }

    /// Steps from the resource, which is depth 1.
    pub(super) fn depth(&self) -> usize {
        1 + self.above.map_or(0, Self::depth)
    }

    /// FHIRPath expression, such as `Patient.name[0].family`.
    pub(super) fn expression(&self) -> String {
        let mut text = match self.above {
            Some(above) => format!("{}.{}", above.expression(), self.name),
            None => self.name.to_owned(),
        };
        if let Some(index) = self.index {
            text.push_str(&format!("[{index}]"));
        }
        text
    }

    /// JSON pointer, such as `/name/0/family`.
    pub(super) fn pointer(&self) -> String {
        let Some(above) = self.above else {
            return String::new();
        };
        let mut text = format!("{}/{}", above.pointer(), self.name);
        if let Some(index) = self.index {
            text.push_str(&format!("/{index}"));
        }
        text
    }
}
