//! Secrets a command is given: from a file or standard input, never as an argument, which every
//! user of the machine could read in the list of processes.

use std::io::Read;
use std::path::Path;

use secrecy::SecretString;

use crate::failure::Failure;

/// The first line of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let outcome = match path.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text).map(drop),
        false => std::fs::read_to_string(path).map(|content| text = content),
    };
    outcome.map_err(|error| Failure::Failed(format!("can't read {}: {error}", path.display())))?;
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.is_empty() {
        return Err(Failure::Usage(format!("{} is empty", path.display())));
    }
    Ok(SecretString::from(secret))
}
