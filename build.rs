//! Case files are embedded: a new one makes the program out of date.

fn main() {
    println!("cargo:rerun-if-changed=testcases");
}
