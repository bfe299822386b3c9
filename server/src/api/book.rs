//! Every call of `/v1`, described: who may make it, what it takes with an example,
//! what it answers, and every refusal. One list; the `OpenAPI` document and the page
//! for people are both made from it.

use axum::{Json, extract::State, http::Method};
use lang::{Catalogue, Key, refusals};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use shared::{
    refusal::Refusal,
    time::Moment,
    wire::v1::{
        agent::{self, Heartbeat, HeartbeatAnswer, ReceiptAnswer, ReceiptDelivery},
        command::KioskCommand,
        kiosk::{self, BorrowerCard, BorrowerRequest, CommandAnswer, Gap, Rows, RowsRequest},
        lists::{Disputes, Holds, Me, TabletPage, Transfers, Wipes},
        refusal::RefusalBody,
        staff::{FindBorrower, StaffCommand},
    },
};
use utoipa::openapi::{
    Components, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr,
    Required,
    content::ContentBuilder,
    example::ExampleBuilder,
    path::{OperationBuilder, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    response::ResponseBuilder,
    schema::{ObjectBuilder, Schema, Type},
    security::{
        ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
    },
};

use super::{answers, examples, schema};
use crate::{
    clock,
    http::{Access, App, problem},
};

/// One call.
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its pattern, as in the table of routes.
    pub pattern: &'static str,
    /// Who may make it.
    pub access: Access,
    /// What it does.
    pub what: Key,
    /// What may or must stand behind the question mark.
    pub query: &'static [(&'static str, bool)],
    /// What it takes, if it takes a body.
    pub body: Option<Shape>,
    /// What it answers, where that is JSON.
    pub answer: Option<Shape>,
}

/// A body that is taken, or answered.
pub struct Shape {
    /// Its form.
    pub form: RefOr<Schema>,
    /// Examples with their names, in an order in which each is taken.
    pub examples: Vec<(String, Value)>,
}

impl Call {
    fn answering(self, answer: Shape) -> Self {
        Self {
            answer: Some(answer),
            ..self
        }
    }
}

impl Shape {
    fn one<T: Serialize + DeserializeOwned>(example: &T) -> Self {
        Self::several::<T>(vec![("example".to_owned(), value(example))])
    }

    fn several<T: DeserializeOwned>(examples: Vec<(String, Value)>) -> Self {
        let bodies: Vec<Value> = examples.iter().map(|(_, body)| body.clone()).collect();
        Self {
            form: schema::of::<T>(&bodies),
            examples,
        }
    }

    /// Commands are called after their kinds; one that comes again by its number.
    fn commands<T: Serialize + DeserializeOwned>(commands: &[T]) -> Self {
        let mut examples: Vec<(String, Value)> = Vec::new();
        for command in commands {
            let body = value(command);
            let kind = kind(&body);
            let before = examples.iter().filter(|(_, it)| self::kind(it) == kind);
            let name = match before.count() {
                0 => kind,
                n => format!("{kind}-{}", n + 1),
            };
            examples.push((name, body));
        }
        Self::several::<T>(examples)
    }
}

/// What kind of action a command is.
pub fn kind(command: &Value) -> String {
    let kind = command["action"]["kind"].as_str();
    kind.unwrap_or_default().to_owned()
}

fn value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).expect("wire types have text keys only")
}

/// Every call, with its examples as of this time.
pub fn calls(now: Moment) -> Vec<Call> {
    [agents(now), kiosks(now), operators(now), readers()]
        .into_iter()
        .flatten()
        .collect()
}

const fn get(pattern: &'static str, access: Access, what: Key) -> Call {
    Call {
        method: Method::GET,
        pattern,
        access,
        what,
        query: &[],
        body: None,
        answer: None,
    }
}

const fn post(pattern: &'static str, access: Access, what: Key, body: Shape) -> Call {
    Call {
        method: Method::POST,
        pattern,
        access,
        what,
        query: &[],
        body: Some(body),
        answer: None,
    }
}

fn agents(now: Moment) -> Vec<Call> {
    let enrol = Shape::one::<agent::EnrolRequest>(&examples::agent_enrol());
    let enrolled = Shape::one::<agent::Enrolled>(&answers::agent_enrolled());
    let heartbeat = Shape::one::<Heartbeat>(&examples::heartbeat());
    let heard = Shape::one::<HeartbeatAnswer>(&answers::heartbeat(now));
    let receipt = Shape::one::<ReceiptDelivery>(&examples::receipt(now));
    let verdict = Shape::one::<ReceiptAnswer>(&answers::receipt());
    let tablet = Access::Tablet;
    let beat = Key::ApiAgentHeartbeat;
    vec![
        post("/v1/agent/enrol", Access::Code, Key::ApiAgentEnrol, enrol).answering(enrolled),
        post("/v1/agent/heartbeat", tablet, beat, heartbeat).answering(heard),
        post("/v1/agent/receipt", tablet, Key::ApiAgentReceipt, receipt).answering(verdict),
        get("/v1/images/{image}", tablet, Key::ApiImage),
        get("/v1/blobs/{digest}", tablet, Key::ApiBlob),
    ]
}

fn kiosks(now: Moment) -> Vec<Call> {
    let enrol = Shape::one::<kiosk::EnrolRequest>(&examples::kiosk_enrol());
    let enrolled = Shape::one::<kiosk::Enrolled>(&answers::kiosk_enrolled());
    let ask = Shape::one::<RowsRequest>(&examples::rows());
    let rows = Shape::one::<Rows>(&answers::rows(now));
    let borrower = Shape::one::<BorrowerRequest>(&examples::kiosk_borrower());
    let command = Shape::commands::<KioskCommand>(&examples::kiosk(now));
    let gap = Shape::one::<Gap>(&examples::gap());
    let kiosk = Access::Kiosk;
    vec![
        post("/v1/kiosk/enrol", Access::Code, Key::ApiKioskEnrol, enrol).answering(enrolled),
        post("/v1/kiosk/rows", kiosk, Key::ApiKioskRows, ask).answering(rows),
        post("/v1/kiosk/borrower", kiosk, Key::ApiKioskBorrower, borrower).answering(found(now)),
        post("/v1/kiosk/command", kiosk, Key::ApiKioskCommand, command).answering(decided()),
        post("/v1/kiosk/gap", kiosk, Key::ApiKioskGap, gap).answering(decided()),
    ]
}

fn found(now: Moment) -> Shape {
    Shape::one::<BorrowerCard>(&answers::borrower_found(now))
}

/// Taken, or refused: a kiosk has to know which, so that neither is a problem.
fn decided() -> Shape {
    let named = ["accepted", "refused"].into_iter().zip(answers::command());
    let examples = named.map(|(name, answer)| (name.to_owned(), value(&answer)));
    Shape::several::<CommandAnswer>(examples.collect())
}

fn operators(now: Moment) -> Vec<Call> {
    let commands: Vec<StaffCommand> = examples::staff(now).into_iter().map(|(_, it)| it).collect();
    let command = Shape::commands::<StaffCommand>(&commands);
    let [taken, _] = answers::command();
    let taken = Shape::one::<CommandAnswer>(&taken);
    let borrower = Shape::one::<FindBorrower>(&examples::staff_borrower());
    let staff = Access::Operator;
    let ask = |pattern, what| get(pattern, staff, what);
    vec![
        post("/v1/staff/command", staff, Key::ApiStaffCommand, command).answering(taken),
        post("/v1/staff/borrower", staff, Key::ApiStaffBorrower, borrower).answering(found(now)),
        ask("/v1/staff/me", Key::ApiStaffMe).answering(Shape::one::<Me>(&answers::me())),
        Call {
            query: &[("number", false), ("after", false)],
            ..ask("/v1/staff/tablets", Key::ApiStaffTablets)
        }
        .answering(Shape::one::<TabletPage>(&answers::tablets(now))),
        Call {
            query: &[("venue", true)],
            ..ask("/v1/staff/holds", Key::ApiStaffHolds)
        }
        .answering(Shape::one::<Holds>(&answers::holds(now))),
        ask("/v1/staff/disputes", Key::ApiStaffDisputes)
            .answering(Shape::one::<Disputes>(&answers::disputes(now))),
        ask("/v1/staff/wipes", Key::ApiStaffWipes)
            .answering(Shape::one::<Wipes>(&answers::wipes(now))),
        ask("/v1/staff/transfers", Key::ApiStaffTransfers)
            .answering(Shape::one::<Transfers>(&answers::transfers())),
    ]
}

fn readers() -> Vec<Call> {
    vec![
        get("/v1/", Access::Public, Key::ApiPage),
        get("/v1/openapi.json", Access::Public, Key::ApiOpenapi),
    ]
}

/// Every refusal that there is, with parameters where it has some.
pub fn all_refusals() -> Vec<Refusal> {
    let refusal = |code: &str| {
        let body = json!({
            "code": code, "word": "resetting", "since": "2026-01-31", "from": "2026-01-31",
            "max": 3, "left": 1, "expected": 7, "cause": "over-limit", "why": "bad-signature",
        });
        serde_json::from_value::<RefusalBody>(body)
    };
    let unknown = refusal("?").expect_err("no refusal is called so");
    let codes = schema::words(&unknown.to_string()).unwrap_or_default();
    let all = codes.iter().filter_map(|code| refusal(code).ok());
    all.map(|RefusalBody(refusal)| refusal).collect()
}

/// The sentence of who may make a call.
pub const fn who(access: Access) -> Key {
    match access {
        Access::Public | Access::Link | Access::Team => Key::ApiWhoAnybody,
        Access::Code => Key::ApiWhoCode,
        Access::Tablet => Key::ApiWhoTablet,
        Access::Kiosk => Key::ApiWhoKiosk,
        Access::Operator => Key::ApiWhoOperator,
    }
}

/// Gives the `OpenAPI` document.
pub async fn openapi(State(app): State<App>) -> Json<OpenApi> {
    Json(document(app.catalogue(), clock::now()))
}

/// The `OpenAPI` document, with its examples as of this time.
pub fn document(catalogue: &Catalogue, now: Moment) -> OpenApi {
    let info = InfoBuilder::new()
        .title(catalogue.say(Key::ApiHeadline))
        .description(Some(catalogue.say(Key::ApiLead)))
        .version(env!("CARGO_PKG_VERSION"))
        .build();
    let paths = calls(now)
        .into_iter()
        .fold(PathsBuilder::new(), |paths, call| {
            let method = match call.method {
                Method::GET => HttpMethod::Get,
                _ => HttpMethod::Post,
            };
            let pattern = call.pattern;
            paths.path(pattern, PathItem::new(method, operation(call, catalogue)))
        });
    OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components(catalogue)))
        .build()
}

const PROBLEM: &str = "Problem";

fn components(catalogue: &Catalogue) -> Components {
    let stamp = shared::signed::request::HEADER;
    let stamp = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(stamp)));
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(catalogue.say(Key::ApiWhoOperator)))
        .build();
    let mut components = Components::new();
    components.add_security_scheme("stamp", stamp);
    components.add_security_scheme("operator-key", SecurityScheme::Http(key));
    components
        .schemas
        .insert(PROBLEM.to_owned(), problem_form());
    components
}

fn problem_form() -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let codes = all_refusals().into_iter().map(|it| it.code());
    let refusal = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("code", text().enum_values(Some(codes)))
        .required("code");
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("type", text())
        .property("title", text())
        .property("status", ObjectBuilder::new().schema_type(Type::Integer))
        .property("detail", text())
        .property("code", text())
        .property("refusal", refusal)
        .required("type")
        .required("title")
        .required("status")
        .required("code")
        .into()
}

fn operation(call: Call, catalogue: &Catalogue) -> OperationBuilder {
    let name = call.pattern.trim_start_matches("/v1/");
    let name = name.replace(['/', '.', '{', '}'], "-");
    let operation = OperationBuilder::new()
        .operation_id(Some(match name.trim_end_matches('-') {
            "" => "page",
            name => name,
        }))
        .summary(Some(catalogue.say(call.what)))
        .description(Some(catalogue.say(who(call.access))))
        .response("200", answer(call.answer, &catalogue.say(call.what)))
        .response("default", problem_answer(catalogue));
    let operation = call
        .query
        .iter()
        .fold(operation, |operation, (name, must)| {
            operation.parameter(parameter(name, ParameterIn::Query, *must))
        });
    let in_path = call.pattern.split(['{', '}']).skip(1).step_by(2);
    let operation = in_path.fold(operation, |operation, name| {
        operation.parameter(parameter(name, ParameterIn::Path, true))
    });
    let operation = match security(call.access) {
        Some(name) => operation.security(SecurityRequirement::new(name, [""; 0])),
        None => operation,
    };
    operation.request_body(call.body.map(|taken| {
        RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content("application/json", content(taken))
            .build()
    }))
}

fn parameter(name: &str, place: ParameterIn, must: bool) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let required = if must {
        Required::True
    } else {
        Required::False
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(text))
}

fn answer(shape: Option<Shape>, what: &str) -> ResponseBuilder {
    let answer = ResponseBuilder::new().description(what);
    match shape {
        Some(shape) => answer.content("application/json", content(shape)),
        None => answer,
    }
}

fn content(shape: Shape) -> utoipa::openapi::Content {
    let examples = shape.examples.into_iter().map(|(name, body)| {
        let example = ExampleBuilder::new().value(Some(body)).build();
        (name, example)
    });
    ContentBuilder::new()
        .schema(Some(shape.form))
        .examples_from_iter(examples)
        .build()
}

fn problem_answer(catalogue: &Catalogue) -> ResponseBuilder {
    let form = utoipa::openapi::Ref::from_schema_name(PROBLEM);
    let content = ContentBuilder::new().schema(Some(form)).build();
    ResponseBuilder::new()
        .description(catalogue.say(Key::ApiProblem))
        .content("application/problem+json", content)
}

const fn security(access: Access) -> Option<&'static str> {
    match access {
        Access::Public | Access::Link | Access::Code | Access::Team => None,
        Access::Tablet | Access::Kiosk => Some("stamp"),
        Access::Operator => Some("operator-key"),
    }
}

/// A refusal as the page tells it: its status to an operator's program, its code,
/// its sentence and the next step.
pub fn refusal_told(refusal: Refusal, catalogue: &Catalogue) -> [String; 4] {
    let told = refusals::to_staff(refusal, catalogue);
    let status = problem::status_of(refusal).as_u16().to_string();
    [status, refusal.code().to_owned(), told.sentence, told.next]
}
