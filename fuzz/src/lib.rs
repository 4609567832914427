//! What the fuzz targets share.

use std::sync::Once;

/// Lets panics be that the library catches itself, those of the FHIRPath crate: libfuzzer's panic
/// hook would end the process at once. A panic that nobody catches still ends it, for libfuzzer
/// looks at what leaves the target.
pub fn allow_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
