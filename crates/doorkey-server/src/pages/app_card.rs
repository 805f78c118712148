//! How an app looks on a page: its name, and a tile with its initial in its own colour.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{products::Product, service::Service};

/// How many colours the style sheet has for apps that have none of their own.
const COLORS: u32 = 8;

/// An app on a page.
#[derive(Debug, Clone)]
pub struct AppCard {
    pub name: String,
    pub title: String,
    pub initial: String,
    /// Which of the style sheet's tiles: a number, or `own`.
    pub tile: String,
    /// Where its picture is, if it has one.
    pub logo: Option<String>,
    /// Where the app's own colours are.
    pub style_sheet: Option<String>,
}

impl AppCard {
    pub fn of(product: &Product) -> Self {
        let (name, title) = (product.name().to_owned(), product.title().to_owned());
        let own = product.color().is_some();
        let sum = name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Self {
            initial: title
                .chars()
                .find(|letter| letter.is_alphanumeric())
                .map_or_else(String::new, |letter| letter.to_uppercase().collect()),
            tile: if own { "own".to_owned() } else { (sum % COLORS).to_string() },
            logo: product.manifest.app.logo_data().map(|_| format!("/assets/apps/{name}/logo")),
            style_sheet: own.then(|| format!("/assets/apps/{name}")),
            name,
            title,
        }
    }
}

/// The colours of an app, as a style sheet of its own: the policy of the pages allows no styles inside them.
pub async fn style_sheet(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Response {
    let Some(color) = service.products.get(&name).and_then(|product| product.color()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let dark =
        service.products.get(&name).and_then(|product| hex(product.manifest.app.color_dark.as_deref()?));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    let mut sheet = tile(color);
    // On its own pages, an app's colour is also that of links and buttons, as far as it can be read there.
    if contrast(color, LIGHT_CARD) >= READABLE {
        sheet.push_str(&accent(color));
    }
    let on_dark = dark.unwrap_or(color);
    let mut more = dark.map(tile).unwrap_or_default();
    more.push_str(&accent(if contrast(on_dark, DARK_CARD) >= READABLE { on_dark } else { USUAL_DARK }));
    (headers, format!("{sheet}@media (prefers-color-scheme: dark) {{\n{more}}}\n")).into_response()
}

/// The grounds of the two schemes, and the usual accent of the dark one.
const LIGHT_CARD: &str = "#f4f3ef";
const DARK_CARD: &str = "#1b1e1c";
const USUAL_DARK: &str = "#6ed0b7";
/// The least contrast of text (WCAG 2, 1.4.3).
const READABLE: f64 = 4.5;

fn tile(color: &str) -> String {
    format!(".tile-own {{ --tile: {color}; color: {}; }}\n", on(color))
}

fn accent(color: &str) -> String {
    let on = on(color);
    format!(
        ".branded {{ --accent: {color}; --accent-strong: color-mix(in oklab, {color} 82%, var(--ink)); --on-accent: {on}; \
         --accent-wash: color-mix(in oklab, {color} 14%, var(--card)); }}\n"
    )
}

/// The colour of letters on a colour.
fn on(color: &str) -> &'static str {
    if is_light(color) { "#1d1f1d" } else { "#ffffff" }
}

/// A colour as `#rrggbb`, if it is one.
fn hex(color: &str) -> Option<&str> {
    let digits = color.strip_prefix('#')?;
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(color)
}

/// The contrast of two colours (WCAG 2).
fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// An app's picture. It may be an SVG, which could hold scripts: opened by itself, it is shut in.
pub async fn logo(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Response {
    let logo = service.products.get(&name).and_then(|product| product.manifest.app.logo_data());
    let Some((media_type, bytes)) = logo else { return StatusCode::NOT_FOUND.into_response() };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
    ];
    (headers, bytes).into_response()
}

/// Whether dark letters stand out better on a colour than white ones do.
fn is_light(color: &str) -> bool {
    luminance(color) > 0.18
}

/// The relative luminance of WCAG 2.
fn luminance(color: &str) -> f64 {
    let channel = |at: usize| {
        let value = color.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_out_on_any_colour() {
        for light in ["#ffffff", "#ffcc00", "#9ad0c2"] {
            assert!(is_light(light), "{light}");
        }
        for dark in ["#000000", "#0c6b58", "#8a5a00", "#a3261b"] {
            assert!(!is_light(dark), "{dark}");
        }
    }
}
