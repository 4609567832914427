//! The definitions a command works with: the embedded ones and what packages add.

use super::CliError;
use crate::definition::Definitions;
use crate::package::Package;

/// Loads the embedded definitions and lays the packages over them, the last on top.
pub fn load(packages: &[String]) -> Result<Definitions, CliError> {
    packages
        .iter()
        .try_fold(Definitions::embedded(), |definitions, source| {
            Ok(definitions.with_package(Package::load(source)?))
        })
}
