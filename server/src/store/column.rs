//! Finding a column of a row by its name.

use std::cell::Cell;

use rusqlite::{
    Row,
    types::{FromSql, Type, ValueRef},
};

thread_local! {
    /// The place after that of the column which was found last.
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// The place of a column. As a rule columns are read in their order, so each is looked for
/// from the one before it on: a wide row that is searched from its start for every name
/// takes longer to read than to find.
fn place(row: &Row<'_>, column: &str) -> rusqlite::Result<usize> {
    let statement = row.as_ref();
    let (count, from) = (statement.column_count(), NEXT.get());
    let mut places = (from..count).chain(0..from.min(count));
    let place = places.find(|place| {
        statement
            .column_name(*place)
            .is_ok_and(|name| name == column)
    });
    let place = place.ok_or_else(|| unreadable(column))?;
    NEXT.set(place + 1);
    Ok(place)
}

/// The value of a column.
pub(super) fn value<T: FromSql>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    row.get(place(row, column)?)
}

/// The same as it lies there, copied nowhere.
pub(super) fn value_there<'r>(row: &'r Row<'_>, column: &str) -> rusqlite::Result<ValueRef<'r>> {
    row.get_ref(place(row, column)?)
}

/// The fault of a column that says something no program of ours wrote. It names
/// the column and never what stands there, which may be personal.
pub(super) fn unreadable(column: &str) -> rusqlite::Error {
    let cause = format!("column `{column}` holds something unreadable");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, cause.into())
}
