//! Why a city doesn't start, or doesn't do what control asked.

use std::path::PathBuf;

/// A city could not be started, or an act on it as a whole failed.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// The state can't be opened, read or written.
    #[error("the city's state{} can't be used: {source}", in_file(.file.as_ref()))]
    State {
        /// The file, where it is kept in one.
        file: Option<PathBuf>,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The state is there but holds something that this version can't read.
    #[error("`{field}` in the city's state is unreadable; start with another state file")]
    StateMalformed {
        /// Which entry.
        field: &'static str,
    },
    /// A party's port can't be listened on.
    #[error(
        "{party} can't listen on 127.0.0.1:{port}: {source}; free the port or start with another state file or `ports_from`"
    )]
    Listen {
        /// Which party.
        party: String,
        /// On which port; 0 for any.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// Keys or certificates could not be made or read.
    #[error("the city's keys or certificates can't be made: {0}")]
    Keys(String),
    /// A value that was given isn't usable.
    #[error("`{field}` is refused: {reason}")]
    Input {
        /// Which.
        field: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

fn in_file(file: Option<&PathBuf>) -> String {
    file.map_or_else(String::new, |path| format!(" in {}", path.display()))
}

impl From<rusqlite::Error> for CityError {
    fn from(source: rusqlite::Error) -> Self {
        Self::State { file: None, source }
    }
}
