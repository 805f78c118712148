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
    let on = if is_light(color) { "#1d1f1d" } else { "#ffffff" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, format!(".tile-own {{ --tile: {color}; color: {on}; }}\n")).into_response()
}

/// Whether dark letters stand out better on a colour than white ones do (the relative luminance of WCAG 2).
fn is_light(color: &str) -> bool {
    let channel = |at: usize| {
        let value = color.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) > 0.18
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
