//! Keys by which programs act for a named operator. Of a key only its digest is
//! kept, and it ends by itself.

use rusqlite::{OptionalExtension, params};
use shared::{
    digest::Digest,
    ids::{OperatorId, VenueId},
    time::Moment,
};

use super::{Fault, Reader, Store, row::text};

/// An operator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// The digest of what it says.
    pub digest: Digest,
    /// Whose it is.
    pub operator: OperatorId,
    /// When it was made.
    pub made_at: Moment,
    /// From this instant on it is worth nothing.
    pub expires_at: Moment,
}

impl Store {
    /// Keeps an operator's key.
    pub fn add_operator_key(&mut self, key: &KeptKey) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached("INSERT INTO operator_key VALUES (?1, ?2, ?3, ?4, NULL)")?
            .execute(params![
                key.digest.to_string(),
                key.operator.to_string(),
                key.made_at.as_ms(),
                key.expires_at.as_ms(),
            ])?;
        Ok(())
    }

    /// Makes every key of this operator worthless, and says how many still were
    /// worth something.
    pub fn revoke_operator_keys(
        &mut self,
        operator: OperatorId,
        now: Moment,
    ) -> Result<usize, Fault> {
        let revoked = self
            .read
            .connection
            .prepare_cached(
                "UPDATE operator_key SET revoked_at = ?2
                 WHERE operator = ?1 AND revoked_at IS NULL AND expires_at > ?2",
            )?
            .execute(params![operator.to_string(), now.as_ms()])?;
        Ok(revoked)
    }
}

impl Reader {
    /// Whose key this is, where it is worth something.
    pub fn operator_of_key(
        &self,
        digest: Digest,
        now: Moment,
    ) -> Result<Option<OperatorId>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT operator FROM operator_key
             WHERE digest = ?1 AND revoked_at IS NULL AND made_at <= ?2 AND expires_at > ?2",
        )?;
        let keys = params![digest.to_string(), now.as_ms()];
        let found = statement.query_row(keys, |row| text(row, "operator"));
        Ok(found.optional()?)
    }

    /// Operators of this name, in any spelling of capitals, or of this id.
    pub fn operators_named(&self, name: &str) -> Result<Vec<OperatorId>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT operator, name FROM operator_name ORDER BY operator")?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let operator: OperatorId = text(row, "operator")?;
            let its: String = row.get("name")?;
            if its.to_lowercase() == name.to_lowercase() || operator.to_string() == name {
                found.push(operator);
            }
        }
        Ok(found)
    }

    /// Where this operator may act.
    pub fn venues_of(&self, operator: OperatorId) -> Result<Vec<VenueId>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT venue FROM operator_venue WHERE operator = ?1 ORDER BY venue",
        )?;
        let rows = statement.query_map([operator.to_string()], |row| text(row, "venue"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
