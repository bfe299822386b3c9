//! The certificate of one reset, to be read and printed, and beside it the signed
//! document, byte for byte, for whoever wants to check it for themselves.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use lang::Key;
use shared::digest::Digest;

use super::{
    frame::{Frame, message, page},
    words::{self, Time},
};
use crate::{
    certificate::{Certificate, words::Words},
    clock,
    http::{App, Problem},
    store::{ProofRow, Reader},
};

/// Most other certificates that one page leads to (R16).
const OTHERS_MAX: usize = 20;

/// Where the certificate of this receipt is.
pub fn address(receipt: Digest) -> String {
    format!("/certificates/{receipt}")
}

struct Other {
    link: String,
    when: Time,
}

#[derive(Template)]
#[template(path = "certificate.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: Words,
    document: Option<String>,
    others: Vec<Other>,
}

/// Draws it, and checks it anew.
pub async fn show(
    State(app): State<App>,
    Path(receipt): Path<String>,
) -> Result<Response, Problem> {
    let Ok(receipt) = receipt.parse::<Digest>() else {
        return Ok(nothing(&app));
    };
    let read = move |store: &Reader| {
        let Some(stored) = store.proof(receipt)? else {
            return Ok(None);
        };
        let all = store.proofs_of(stored.tablet.id)?;
        Ok(Some((stored, all)))
    };
    let Some((stored, all)) = app.read(read).await? else {
        return Ok(nothing(&app));
    };
    let document = stored.receipt.as_ref();
    let document = document.map(|_| format!("{}/receipt.json", address(receipt)));
    let certificate = Certificate::of(stored, &app.keys().ever());
    let shown = Page {
        words: Words::of(app.catalogue(), &certificate, clock::now()),
        document,
        others: others(&app, &all, receipt),
        frame: Frame::for_team(&app),
    };
    Ok(page(StatusCode::OK, &shown))
}

fn others(app: &App, all: &[ProofRow], shown: Digest) -> Vec<Other> {
    let others = all.iter().filter(|it| it.receipt != shown).take(OTHERS_MAX);
    let other = |it: &ProofRow| Other {
        link: address(it.receipt),
        when: words::when(app.catalogue(), it.proven_at),
    };
    others.map(other).collect()
}

/// The signed document as it is stored, whatever it is worth.
pub async fn document(
    State(app): State<App>,
    Path(receipt): Path<String>,
) -> Result<Response, Problem> {
    let digest = receipt.parse::<Digest>();
    let digest = digest.map_err(|_| Problem::not_found())?;
    let read = app.read(move |store| store.receipt(digest)).await?;
    let bytes = read.ok_or(Problem::not_found())?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

fn nothing(app: &App) -> Response {
    let (headline, next) = (Key::PagesGone, Key::PagesGoneNext);
    message(app, StatusCode::NOT_FOUND, headline, next)
}
