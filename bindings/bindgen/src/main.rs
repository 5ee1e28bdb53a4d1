//! `keyturn-bindgen`: what `cargo xtask bindings` calls to make Kotlin and Swift from the built library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
