//! A load for the server, and what it is to be compared with. `cargo xtask bench load`
//! runs it beside the program itself:
//!
//! `fill FOLDER TABLETS CLIENTS` makes a demo's folder large; `drive heartbeats|loans
//! ADDRESS FOLDER TABLETS CLIENTS REQUESTS` sends requests that were signed before the
//! clock ran; `drive page ADDRESS LINK PATH REQUESTS` asks for a page of the fleet; `limit
//! heartbeats|loans FOLDER TABLETS CLIENTS REQUESTS` checks and stores the same requests
//! on one thread, without HTTP; `bare` answers anything with nothing; `rows FOLDER` says
//! how many bytes a heartbeat takes for good.

mod drive;
mod fill;
mod limit;
mod requests;
mod rows;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let told = match words.as_slice() {
        ["fill", folder, tablets, clients] => {
            fill::fill(folder, tablets.parse()?, clients.parse()?)?;
            return Ok(());
        }
        ["drive", "page", address, link, path, requests] => {
            drive::page(address, link, path, requests.parse()?)?
        }
        ["drive", what, address, folder, tablets, clients, requests] => {
            let size = requests::Size::parse(tablets, clients, requests)?;
            drive::drive(address, &requests::made(what, folder, size)?)?
        }
        ["limit", what, folder, tablets, clients, requests] => {
            let size = requests::Size::parse(tablets, clients, requests)?;
            limit::limit(folder, &requests::made(what, folder, size)?)?
        }
        ["bare"] => return drive::bare(),
        ["rows", folder] => rows::rows(folder)?,
        _other => bail!("say `fill`, `drive`, `limit`, `bare` or `rows`, with what each needs"),
    };
    println!("{told}");
    Ok(())
}
