//! Compiles the window, where the program is to have one. Debug builds also keep
//! what tests need to find controls.

#[cfg(feature = "window")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let for_tests = std::env::var("PROFILE")? == "debug";
    let config = slint_build::CompilerConfiguration::new().with_debug_info(for_tests);
    slint_build::compile_with_config("ui/app-window.slint", config)?;
    Ok(())
}

/// The cores need nothing made.
#[cfg(not(feature = "window"))]
fn main() {}
