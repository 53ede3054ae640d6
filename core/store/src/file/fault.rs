//! What fails inside a transaction, and the one place where it becomes a [`StoreError`].

use crate::{StoreError, StoreFile, seal::Broken};
use rabt_domain::Invalid;
use rusqlite::{ErrorCode, ffi};
use std::io;

/// What fails inside a transaction: it doesn't know which file it is in.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite.
    Sql(rusqlite::Error),
    /// A row isn't what was written.
    Broken(Broken),
    /// Anything that is said outside as it is.
    Store(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Store(invalid.into())
    }
}

impl Fault {
    /// As it is said outside.
    pub(crate) fn of(self, file: StoreFile) -> StoreError {
        match self {
            Self::Sql(error) => from_sql(error, file),
            Self::Broken(Broken { table }) => StoreError::Damaged {
                file,
                what: format!("a row of `{table}` doesn't open"),
            },
            Self::Store(error) => error,
        }
    }
}

fn from_sql(error: rusqlite::Error, file: StoreFile) -> StoreError {
    use rusqlite::Error as E;
    let damaged = |what: &str| StoreError::Damaged {
        file,
        what: what.to_owned(),
    };
    match &error {
        // A value of another type than was written: SQLite lets a damaged record pass as such.
        E::InvalidColumnType(..) | E::FromSqlConversionFailure(..) | E::IntegralValueOutOfRange(..) => {
            damaged("a column holds another type")
        }
        E::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => damaged("SQLite finds it malformed"),
            ErrorCode::DiskFull => StoreError::Full,
            // The index of the log could not grow, for which SQLite has no other word.
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => StoreError::Full,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked,
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_CORRUPTFS => {
                damaged("the file system finds it malformed")
            }
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => StoreError::Io(io::Error::other(format!(
                "{file}: SQLite code {}",
                failure.extended_code
            ))),
            _ => StoreError::Bug(error.to_string()),
        },
        _ => StoreError::Bug(error.to_string()),
    }
}

/// What the operating system says, told apart by what to do about it.
pub(crate) fn from_io(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: i32) -> StoreError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        Fault::from(error).of(StoreFile::Ledger)
    }

    #[test]
    fn each_failure_is_told_by_what_to_do_about_it() {
        assert!(matches!(told(ffi::SQLITE_FULL), StoreError::Full));
        assert!(matches!(told(ffi::SQLITE_IOERR_SHMSIZE), StoreError::Full));
        assert!(matches!(told(ffi::SQLITE_READONLY), StoreError::ReadOnly));
        assert!(matches!(told(ffi::SQLITE_READONLY_DIRECTORY), StoreError::ReadOnly));
        assert!(matches!(told(ffi::SQLITE_BUSY), StoreError::Locked));
        assert!(matches!(told(ffi::SQLITE_IOERR_WRITE), StoreError::Io(_)));
        assert!(matches!(told(ffi::SQLITE_CANTOPEN), StoreError::Io(_)));
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB, ffi::SQLITE_IOERR_CORRUPTFS] {
            assert!(matches!(
                told(code),
                StoreError::Damaged {
                    file: StoreFile::Ledger,
                    ..
                }
            ));
        }
        assert!(matches!(told(ffi::SQLITE_MISUSE), StoreError::Bug(_)));
        assert!(matches!(from_io(io::ErrorKind::StorageFull.into()), StoreError::Full));
        assert!(matches!(
            from_io(io::ErrorKind::PermissionDenied.into()),
            StoreError::ReadOnly
        ));
        assert!(matches!(
            from_io(io::ErrorKind::NotADirectory.into()),
            StoreError::Io(_)
        ));
    }
}
