//! Compiles the window. Debug builds also keep what tests need to find controls.

use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let for_tests = env::var("PROFILE")? == "debug";
    let config = slint_build::CompilerConfiguration::new().with_debug_info(for_tests);
    slint_build::compile_with_config("ui/app-window.slint", config)?;
    Ok(())
}
