//! HTTP, below what is said over it: the state that handlers share, who may call
//! which route, bounds, headers, log lines, problem details, and the listener.

pub mod problem;
pub mod rates;
pub mod app;
pub mod body;
pub mod route;
pub mod guard;
pub mod layer;
pub mod listen;

pub use app::App;
pub use problem::Problem;
pub use route::{Access, Route};
