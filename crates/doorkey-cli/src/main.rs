//! The program `doorkey`. All of it is in the library, so that other programs can take it in.

use std::process::ExitCode;

fn main() -> ExitCode {
    doorkey_cli::main()
}
