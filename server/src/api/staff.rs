//! What an operator's own program says, and is answered: the desk's commands with
//! the program's own ids, and the lists that one must read to act. A refusal is a
//! problem with its code, its sentence and the next step.

use axum::{Extension, Json, extract::State};
use shared::{
    ids::OperatorId,
    wire::v1::{kiosk::CommandAnswer, staff::StaffCommand},
};

use crate::{
    clock,
    http::{App, Problem, body::Body},
    store::Work,
};

/// Takes a request of a named operator.
pub async fn command(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
    Body(command): Body<StaffCommand>,
) -> Result<Json<CommandAnswer>, Problem> {
    let now = clock::now();
    let command = command.into_command(operator, now);
    let decided = app.writer().commit(Work::new(command, now)).await?;
    match decided {
        Ok(accepted) => Ok(Json(CommandAnswer::Accepted {
            cursor: accepted.cursor,
        })),
        Err(refusal) => Err(Problem::told(refusal, app.catalogue())),
    }
}
