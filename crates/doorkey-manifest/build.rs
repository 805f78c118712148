//! Lists the manifests in `apps/` so that they are compiled in: a new product is one more file there and nothing else.

#![expect(clippy::disallowed_methods, reason = "a build script is told everything by the environment")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(|path| Path::new(&path).join("../../apps"));
    let out = env::var_os("OUT_DIR").map(|path| Path::new(&path).join("apps.rs"));
    let (Some(root), Some(out)) = (root, out) else {
        return Err(io::Error::other("cargo runs build scripts with CARGO_MANIFEST_DIR and OUT_DIR set"));
    };
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path.canonicalize()?);
        }
    }
    files.sort();
    let mut code = String::from("&[\n");
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let path = path.to_string_lossy().into_owned();
        writeln!(code, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    fs::write(out, code)
}
