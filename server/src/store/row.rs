//! Single values in rows: ids, digests and days as their own text, read only
//! through their own parser; instants as milliseconds; places as integers.

use std::str::FromStr;

use rusqlite::Row;
use shared::{keys::PublicKey, refusal::Refusal, time::Moment, wire::v1::refusal::RefusalBody};

use super::column::{unreadable, value, value_there};

/// A value that is written as its own text.
pub(super) fn text<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text = value_there(row, column)?.as_str()?;
    text.parse().map_err(|_| unreadable(column))
}

/// The same, where the column may be empty.
pub(super) fn text_option<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text = value_there(row, column)?.as_str_or_null()?;
    text.map(|text| text.parse().map_err(|_| unreadable(column)))
        .transpose()
}

/// A public key, which was checked when it was enrolled.
pub(super) fn key(row: &Row<'_>, column: &str) -> rusqlite::Result<PublicKey> {
    let text = value_there(row, column)?.as_str()?;
    PublicKey::stored(text).map_err(|_| unreadable(column))
}

/// The same, where the column may be empty.
pub(super) fn key_option(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<PublicKey>> {
    let text = value_there(row, column)?.as_str_or_null()?;
    text.map(|text| PublicKey::stored(text).map_err(|_| unreadable(column)))
        .transpose()
}

/// Values as one text: each as its own, with spaces between.
pub(super) fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    values.join(" ")
}

/// The values of such a text.
pub(super) fn unlist<T: FromStr, C: FromIterator<T>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<C> {
    let text: String = value(row, column)?;
    let values = text.split_whitespace().map(str::parse);
    values
        .collect::<Result<C, _>>()
        .map_err(|_| unreadable(column))
}

/// A refusal as rows hold it.
pub(super) fn refusal_text(refusal: Refusal) -> String {
    serde_json::to_string(&RefusalBody(refusal)).expect("refusals have text keys only")
}

/// The refusal of a column that may be empty.
pub(super) fn refusal_option(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Refusal>> {
    let json: Option<String> = value(row, column)?;
    let read = |json: String| serde_json::from_str(&json).map_err(|_| unreadable(column));
    let body: Option<RefusalBody> = json.map(read).transpose()?;
    Ok(body.map(|body| body.0))
}

/// An instant.
pub(super) fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Moment> {
    value(row, column).map(Moment::from_ms)
}

/// The same, where the column may be empty.
pub(super) fn moment_option(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Moment>> {
    let ms: Option<i64> = value(row, column)?;
    Ok(ms.map(Moment::from_ms))
}
