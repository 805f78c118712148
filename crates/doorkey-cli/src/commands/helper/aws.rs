//! AWS signs its requests with keys and takes no bearer token: `credential_process` can't be answered with one.

use super::Work;
use crate::failure::Failure;

/// Says so, and what works instead.
pub fn run(work: &Work<'_>) -> Failure {
    Failure::NoAwsKeys { app: work.client.app().title().to_owned() }
}
