//! The style sheet, the script and the icon. They are compiled in, so a server is one file.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../../assets/doorkey.css");
const SCRIPT: &str = include_str!("../../assets/doorkey.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Changes whenever the style sheet or the script does, so that a browser never shows a page in yesterday's clothes.
pub fn style_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let both = Sha256::new().chain_update(STYLE).chain_update(SCRIPT).finalize();
        URL_SAFE_NO_PAD.encode(&both[..6])
    });
    &VERSION
}

/// The routes below `/assets/`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/doorkey.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/assets/doorkey.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/assets/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { asset("image/svg+xml", ICON) }))
}

fn asset(media_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, content).into_response()
}
