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
        agent::{self, Heartbeat, ReceiptDelivery},
        command::KioskCommand,
        kiosk::{self, BorrowerRequest, Gap, RowsRequest},
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

use super::{examples, schema};
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
    pub body: Option<Taken>,
}

/// A body that is taken.
pub struct Taken {
    /// Its form.
    pub form: RefOr<Schema>,
    /// Examples with their names, in an order in which each is taken.
    pub examples: Vec<(String, Value)>,
}

impl Taken {
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
    }
}

const fn post(pattern: &'static str, access: Access, what: Key, body: Taken) -> Call {
    Call {
        method: Method::POST,
        pattern,
        access,
        what,
        query: &[],
        body: Some(body),
    }
}

fn agents(now: Moment) -> Vec<Call> {
    let enrol = Taken::one::<agent::EnrolRequest>(&examples::agent_enrol());
    let heartbeat = Taken::one::<Heartbeat>(&examples::heartbeat());
    let receipt = Taken::one::<ReceiptDelivery>(&examples::receipt(now));
    let tablet = Access::Tablet;
    vec![
        post("/v1/agent/enrol", Access::Code, Key::ApiAgentEnrol, enrol),
        post(
            "/v1/agent/heartbeat",
            tablet,
            Key::ApiAgentHeartbeat,
            heartbeat,
        ),
        post("/v1/agent/receipt", tablet, Key::ApiAgentReceipt, receipt),
        get("/v1/images/{image}", tablet, Key::ApiImage),
        get("/v1/blobs/{digest}", tablet, Key::ApiBlob),
    ]
}

fn kiosks(now: Moment) -> Vec<Call> {
    let enrol = Taken::one::<kiosk::EnrolRequest>(&examples::kiosk_enrol());
    let rows = Taken::one::<RowsRequest>(&examples::rows());
    let borrower = Taken::one::<BorrowerRequest>(&examples::kiosk_borrower());
    let command = Taken::commands::<KioskCommand>(&examples::kiosk(now));
    let gap = Taken::one::<Gap>(&examples::gap());
    let kiosk = Access::Kiosk;
    vec![
        post("/v1/kiosk/enrol", Access::Code, Key::ApiKioskEnrol, enrol),
        post("/v1/kiosk/rows", kiosk, Key::ApiKioskRows, rows),
        post("/v1/kiosk/borrower", kiosk, Key::ApiKioskBorrower, borrower),
        post("/v1/kiosk/command", kiosk, Key::ApiKioskCommand, command),
        post("/v1/kiosk/gap", kiosk, Key::ApiKioskGap, gap),
    ]
}

fn operators(now: Moment) -> Vec<Call> {
    let commands: Vec<StaffCommand> = examples::staff(now).into_iter().map(|(_, it)| it).collect();
    let command = Taken::commands::<StaffCommand>(&commands);
    let borrower = Taken::one::<FindBorrower>(&examples::staff_borrower());
    let staff = Access::Operator;
    vec![
        post("/v1/staff/command", staff, Key::ApiStaffCommand, command),
        post("/v1/staff/borrower", staff, Key::ApiStaffBorrower, borrower),
        get("/v1/staff/me", staff, Key::ApiStaffMe),
        Call {
            query: &[("number", false), ("after", false)],
            ..get("/v1/staff/tablets", staff, Key::ApiStaffTablets)
        },
        Call {
            query: &[("venue", true)],
            ..get("/v1/staff/holds", staff, Key::ApiStaffHolds)
        },
        get("/v1/staff/disputes", staff, Key::ApiStaffDisputes),
        get("/v1/staff/wipes", staff, Key::ApiStaffWipes),
        get("/v1/staff/transfers", staff, Key::ApiStaffTransfers),
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
        .response(
            "200",
            ResponseBuilder::new().description(catalogue.say(call.what)),
        )
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

fn content(taken: Taken) -> utoipa::openapi::Content {
    let examples = taken.examples.into_iter().map(|(name, body)| {
        let example = ExampleBuilder::new().value(Some(body)).build();
        (name, example)
    });
    ContentBuilder::new()
        .schema(Some(taken.form))
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
