//! What a browser that comes home to this machine sees, and how it is told from any other.

use doorkey_manifest::Secret;
use subtle::ConstantTimeEq as _;

/// Exactly one state, and it is ours. Comparing takes the same time wherever they differ.
pub(super) fn is_ours(parameters: &[(String, String)], state: &Secret) -> bool {
    let mut states = parameters.iter().filter(|(name, _)| name == "state").map(|(_, value)| value);
    let (Some(found), None) = (states.next(), states.next()) else { return false };
    found.as_bytes().ct_eq(state.expose().as_bytes()).into()
}

/// All is done here; the terminal says the rest.
pub(super) fn done_page(title: &str) -> String {
    page(
        "You can return to your terminal",
        &format!("{} has your answer. You can close this tab.", escaped(title)),
    )
}

/// The answer was no.
pub(super) fn refused_page(title: &str) -> String {
    page(
        "The sign-in didn't go through",
        &format!("{} wasn't given access. You can close this tab; your terminal says more.", escaped(title)),
    )
}

/// A small page that needs nothing else. Nothing that came with a request is in it.
fn page(heading: &str, text: &str) -> String {
    include_str!("page.html").replace("HEADING", heading).replace("TEXT", text)
}

/// The product's name comes from its manifest; it is still text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::done_page;

    #[test]
    fn the_pages_hold_text_and_no_markup_of_others() {
        let page = done_page("Demo <1><script>");
        assert!(page.contains("Demo &lt;1&gt;") && !page.contains("<script"), "{page}");
    }
}
