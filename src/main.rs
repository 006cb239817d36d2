//! The binary `rollcall`: the server, the command line, the demo and the simulator in one.

use std::process::ExitCode;

fn main() -> ExitCode {
    rollcall::main()
}
