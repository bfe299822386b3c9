//! Who is let in: callers that stamp their requests with an enrolled key, programs
//! with an operator's key, and the digital team by a link that works once. There is
//! no default account.

pub mod key;
pub mod sign_in;
pub mod stamp;
