//! All that the city remembers, table by table, for somebody who looks for a defect.

use super::{Control, ControlError};
use rusqlite::{Transaction, types::ValueRef};
use serde_json::{Map, Value, json};

/// Rows of a table that are shown; a table of more is cut, and `rows` says how many there are.
const ROWS_MAX: usize = 5_000;
/// The tables in which parties keep their keys and secrets.
const SECRET_TABLES: &str = "%\\_setting";
/// Columns of other tables whose values would let somebody act as a person or a party.
const SECRET_COLUMNS: [&str; 6] = ["pkcs8", "csrf", "request", "request_uri", "session_id", "token"];

impl Control {
    /// The whole state: an object with a member a table, each `{rows, shown: [{column: value}]}`. Keys and secrets are left out.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn dump(&self) -> Result<Value, ControlError> {
        self.ctx().state.transact(|tx| {
            let mut names = tx.prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                 AND name NOT LIKE ?1 ESCAPE '\\' ORDER BY name",
            )?;
            let names: Vec<String> = names
                .query_map([SECRET_TABLES], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut tables = Map::new();
            for name in names {
                let shown = table(tx, &name)?;
                tables.insert(name, shown);
            }
            Ok(Value::Object(tables))
        })
    }
}

/// The name is one of the schema's own, never a caller's; quoting keeps it one.
fn table(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Value> {
    let quoted = name.replace('"', "\"\"");
    let rows: i64 = tx.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
    let mut statement = tx.prepare(&format!("SELECT * FROM \"{quoted}\" LIMIT {ROWS_MAX}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let shown: Vec<Value> = statement
        .query_map([], |row| {
            let mut shown = Map::new();
            for (index, column) in columns.iter().enumerate() {
                if !SECRET_COLUMNS.contains(&column.as_str()) {
                    shown.insert(column.clone(), as_json(row.get_ref(index)?));
                }
            }
            Ok(Value::Object(shown))
        })?
        .collect::<Result<_, _>>()?;
    Ok(json!({"rows": rows, "shown": shown}))
}

fn as_json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => json!({"bytes": bytes.len()}),
    }
}
