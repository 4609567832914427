//! Case files and definitions are embedded: a new one makes the program out of date.

fn main() {
    println!("cargo:rerun-if-changed=testcases");
    println!("cargo:rerun-if-changed=definitions");
}
