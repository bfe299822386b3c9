//! Images: sealed manifests and the files that they list, by the digest of their
//! bytes. What has such an address never changes.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::PathBuf,
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use shared::{
    digest::Digest,
    image::{Image, ImageId},
    signed::seal::Seal,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    config::Folder,
    http::{App, Problem},
};

/// Gives a sealed manifest.
pub async fn manifest(
    State(app): State<App>,
    Path(image): Path<String>,
) -> Result<Response, Problem> {
    let image: ImageId = image.parse().map_err(|_| Problem::not_found())?;
    give(app.config().folder.manifest(&image)).await
}

/// Gives a file of an image.
pub async fn blob(State(app): State<App>, Path(digest): Path<String>) -> Result<Response, Problem> {
    let digest: Digest = digest.parse().map_err(|_| Problem::not_found())?;
    give(app.config().folder.blob(&digest)).await
}

/// How much is read at once; a slow reader holds this much twice and no more.
const PIECE_BYTES: usize = 64 * 1024;

async fn give(path: PathBuf) -> Result<Response, Problem> {
    let opened = off_thread(move || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    });
    let (file, length) = opened.await?;
    let (tell, pieces) = mpsc::channel(1);
    spawn_blocking(move || read(file, &tell));
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        (
            CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
    ];
    let body = Body::from_stream(ReceiverStream::new(pieces));
    Ok((headers, body).into_response())
}

/// Reads until the end of the file, or until nobody listens.
fn read(mut file: File, tell: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let limit = u64::try_from(PIECE_BYTES).expect("a small constant");
        let told = match (&mut file).take(limit).read_to_end(&mut piece) {
            Ok(0) => return,
            Ok(_) => tell.blocking_send(Ok(piece.into())),
            Err(error) => {
                tracing::error!("a file of an image broke off: {error}");
                drop(tell.blocking_send(Err(error)));
                return;
            }
        };
        if told.is_err() {
            return;
        }
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = spawn_blocking(work).await;
    done.map_err(io::Error::other)
        .flatten()
        .map_err(|error| missing(&error))
}

fn missing(error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::NotFound {
        return Problem::not_found();
    }
    tracing::error!("a file of an image cannot be read: {error}");
    Problem::fault()
}

/// The seal of a released image; none where its manifest is not here, so that a
/// tablet is still told everything else.
pub async fn seal(folder: &Folder, image: Image) -> Result<Option<Seal>, Problem> {
    let path = folder.manifest(&image.id);
    let length = off_thread(move || Ok(fs::metadata(path)?.len())).await;
    match length {
        Ok(manifest_bytes) => Ok(Some(Seal {
            image: image.id,
            release: image.release,
            manifest_bytes,
        })),
        Err(problem) if problem == Problem::not_found() => {
            tracing::error!(image = %image.id, "the manifest of a released image is not here");
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}
