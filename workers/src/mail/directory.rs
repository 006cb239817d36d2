//! A directory in the place of a mail server, for demos and tests: one file for each mail.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rollcall_domain::mail::Trouble;

pub(super) struct Directory(PathBuf);

impl Directory {
    /// Mails hold links that let people in, so that only the owner may look there.
    pub(super) fn at(path: PathBuf) -> io::Result<Directory> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Directory(path))
    }

    /// A file is there whole or not at all; the same mail sent twice is one file.
    pub(super) async fn write(&self, mail: &str, message: Vec<u8>) -> Result<(), Trouble> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = mail.chars().map(plain).collect();
        let directory = self.0.clone();
        let writing = tokio::task::spawn_blocking(move || put(&directory, &name, &message));
        let written = writing.await.map_err(|_| Trouble::NotWritten)?;
        written.map_err(|error| {
            tracing::warn!(%error, "a mail could not be written");
            Trouble::NotWritten
        })
    }
}

fn put(directory: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    let unfinished = directory.join(format!(".{name}.{}", ulid::Ulid::generate()));
    let written = write(&unfinished, message)
        .and_then(|()| std::fs::rename(&unfinished, directory.join(format!("{name}.eml"))));
    if written.is_err() {
        // Nobody looks at what begins with a dot; it is only in the way.
        let _ = std::fs::remove_file(&unfinished);
    }
    written?;
    File::open(directory)?.sync_all()
}

fn write(path: &Path, message: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(message)?;
    file.sync_all()
}
