//! What is sent to an endpoint of OAuth, as a value.

/// Names and values, each name once. A parameter without a value counts as absent.
#[derive(Debug, Default)]
pub(in crate::provider) struct Form(Vec<(String, String)>);

impl Form {
    pub(in crate::provider) fn new(parameters: Vec<(String, String)>) -> Self {
        Self(parameters)
    }

    /// Whether a name is there twice.
    pub(in crate::provider) fn repeats(&self) -> bool {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair.first() == pair.last())
    }

    /// Another value of every parameter with this name.
    pub(in crate::provider) fn change(&mut self, name: &str, change: impl Fn(&str) -> String) {
        let named = self.0.iter_mut().filter(|(known, _)| known == name);
        for (_, value) in named {
            *value = change(value);
        }
    }

    /// Whether a parameter has none of these names.
    pub(in crate::provider) fn has_other_than(&self, names: &[&str]) -> bool {
        self.0
            .iter()
            .any(|(name, _)| !names.contains(&name.as_str()))
    }

    pub(in crate::provider) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
