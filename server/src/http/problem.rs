//! Problem details (RFC 9457): what a program is told when nothing was decided, and
//! what an operator's program is told of a refusal, in words for whoever runs it.
//! To a kiosk a refusal of a command is no problem; it is an answer.

use std::borrow::Cow;

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use lang::{Catalogue, refusals};
use serde::Serialize;
use shared::{refusal::Refusal, wire::v1::refusal::RefusalBody};

use crate::{
    auth::stamp::NotLetIn,
    store::{Fault, LastCall},
    writer::WriterError,
};

/// What went wrong, as a program reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: Cow<'static, str>,
    detail: Option<String>,
    refusal: Option<Refusal>,
    last_call: Option<u64>,
}

#[derive(Serialize)]
struct Details {
    r#type: String,
    title: Cow<'static, str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalBody>,
    /// The number of the caller's last request: its next is greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_call: Option<u64>,
}

impl Problem {
    /// A problem with its stable code and a sentence for whoever reads the log.
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title: Cow::Borrowed(title),
            detail: None,
            refusal: None,
            last_call: None,
        }
    }

    /// There is nothing of that name, or not for this caller.
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here.")
    }

    /// The route is there, but not with this method.
    pub const fn method_not_allowed() -> Self {
        let title = "This cannot be done here.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title)
    }

    /// The body is not of the form that the route takes.
    pub const fn bad_body() -> Self {
        let title = "The body is not of the form that is taken here.";
        Self::new(StatusCode::BAD_REQUEST, "bad-body", title)
    }

    /// What stands behind the question mark is not what the route takes.
    pub const fn bad_query() -> Self {
        let title = "What stands behind the question mark is not taken here.";
        Self::new(StatusCode::BAD_REQUEST, "bad-query", title)
    }

    /// The body is longer than any may be (R16).
    pub const fn body_too_long() -> Self {
        let title = "The body is longer than is taken here.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", title)
    }

    /// No key, or none that is worth something.
    pub const fn key_not_taken() -> Self {
        let title = "This key is not taken here. Ask the digital team for a new one.";
        Self::new(StatusCode::UNAUTHORIZED, "key-not-taken", title)
    }

    /// The form was sent from somebody else's page.
    pub const fn from_elsewhere() -> Self {
        let title = "The form was sent from another page.";
        Self::new(StatusCode::FORBIDDEN, "from-elsewhere", title)
    }

    /// Nobody is signed in.
    pub const fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first.")
    }

    /// No answer in the time that one may take.
    pub const fn too_slow() -> Self {
        let title = "This took too long. Try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", title)
    }

    /// More was asked for than can wait in line (R16).
    pub const fn busy() -> Self {
        let title = "There is too much to do at once. Try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title)
    }

    /// This caller calls more often than one may (R16).
    pub const fn too_often() -> Self {
        let title = "You call too often. Wait a little.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", title)
    }

    /// Something is broken; the log says what.
    pub const fn fault() -> Self {
        let title = "Something is broken here. Nothing was done.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", title)
    }

    /// Nothing was decided, and the reason is a refusal that has a name.
    pub const fn refused(status: StatusCode, refusal: Refusal) -> Self {
        let title = "This was refused.";
        Self {
            status,
            code: refusal.code(),
            title: Cow::Borrowed(title),
            detail: None,
            refusal: Some(refusal),
            last_call: None,
        }
    }

    /// A command was refused: the code and its parameters for the program, the
    /// sentence and the next step for whoever runs it.
    pub fn told(refusal: Refusal, catalogue: &Catalogue) -> Self {
        let told = refusals::to_staff(refusal, catalogue);
        Self {
            title: Cow::Owned(told.sentence),
            detail: Some(told.next),
            ..Self::refused(status_of(refusal), refusal)
        }
    }

    /// The same, with what exactly was not taken. It goes to whoever sent it, and
    /// into no log.
    #[must_use]
    pub fn because(self, detail: String) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }

    /// Its status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its body, as it is sent.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.details()).expect("a problem has text keys only")
    }

    fn details(&self) -> Details {
        Details {
            r#type: format!("urn:tablet-library:problem:{}", self.code),
            title: self.title.clone(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            refusal: self.refusal.map(RefusalBody),
            last_call: self.last_call,
        }
    }
}

/// What a refusal is in HTTP: there is no such thing, this operator may not, or it
/// does not go with what is.
pub const fn status_of(refusal: Refusal) -> StatusCode {
    if matches!(
        refusal,
        Refusal::TabletUnknown
            | Refusal::BorrowerUnknown
            | Refusal::VenueUnknown
            | Refusal::LoanUnknown
            | Refusal::HoldUnknown
            | Refusal::TransferUnknown
            | Refusal::TripUnknown
            | Refusal::WipeUnknown
            | Refusal::DisputeUnknown
    ) {
        return StatusCode::NOT_FOUND;
    }
    if matches!(
        refusal,
        Refusal::NeedsOperator
            | Refusal::OperatorUnknown
            | Refusal::WrongVenue
            | Refusal::NotYours
            | Refusal::SameOperator
    ) {
        return StatusCode::FORBIDDEN;
    }
    StatusCode::CONFLICT
}

impl From<NotLetIn> for Problem {
    fn from(why: NotLetIn) -> Self {
        let (code, title) = match why {
            NotLetIn::NotStamped => ("not-stamped", "The request carries no stamp."),
            NotLetIn::BadStamp => ("bad-stamp", "The request's stamp does not fit."),
            NotLetIn::Replayed(_) => ("replayed", "A request with this number was sent before."),
        };
        let last_call = match why {
            NotLetIn::NotStamped | NotLetIn::BadStamp => None,
            NotLetIn::Replayed(LastCall(last)) => Some(last),
        };
        Self {
            last_call,
            ..Self::new(StatusCode::UNAUTHORIZED, code, title)
        }
    }
}

impl From<Fault> for Problem {
    /// A fault is one log line with its chain, and no word of it to the caller.
    fn from(fault: Fault) -> Self {
        tracing::error!("{}", chain(&fault));
        Self::fault()
    }
}

impl From<WriterError> for Problem {
    fn from(error: WriterError) -> Self {
        match error {
            WriterError::Busy => Self::busy(),
            WriterError::Fault(_) | WriterError::Stopped => {
                tracing::error!("{}", chain(&error));
                Self::fault()
            }
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.details())).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        let later = [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if later.contains(&self.status) {
            let soon = HeaderValue::from_static("1");
            response.headers_mut().insert(RETRY_AFTER, soon);
        }
        response
    }
}
