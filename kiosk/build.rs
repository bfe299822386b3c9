//! Compiles the window, where the program is to have one. Debug builds also keep
//! what tests need to find controls.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    #[cfg(feature = "window")]
    compile_window()?;
    Ok(())
}

#[cfg(feature = "window")]
fn compile_window() -> Result<(), Box<dyn Error>> {
    let for_tests = std::env::var("PROFILE")? == "debug";
    let config = slint_build::CompilerConfiguration::new().with_debug_info(for_tests);
    slint_build::compile_with_config("ui/app-window.slint", config)?;
    Ok(())
}
