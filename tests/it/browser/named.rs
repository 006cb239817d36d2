//! What stands on a page by the name and role that the browser tells a screen reader: tests find it as
//! people do, and what has no name is not found.

use serde_json::{Value, json};
use thirtyfour::WebDriver;
use thirtyfour::error::WebDriverResult;

/// An element of the page that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    node: i64,
}

/// What can be pressed.
pub(super) const PRESSED: [&str; 9] = [
    "button",
    "link",
    "checkbox",
    "radio",
    "tab",
    "menuitem",
    "DisclosureTriangle",
    "DisclosureTriangleGrouped",
    "switch",
];
/// What can be filled in.
pub(super) const FILLED: [&str; 7] =
    ["textbox", "searchbox", "combobox", "listbox", "spinbutton", "Date", "InputTime"];

/// The first on the page that has one of the roles, and a name that begins so.
pub(super) async fn first(
    driver: &WebDriver,
    start: &str,
    roles: &[&str],
) -> WebDriverResult<Option<Named>> {
    let tree = driver.cdp().send_raw("Accessibility.getFullAXTree", json!({})).await?;
    let nodes = tree["nodes"].as_array().into_iter().flatten();
    let fitting = nodes.filter(|node| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let name = node["name"]["value"].as_str().unwrap_or_default();
        node["ignored"] != true && roles.contains(&role) && name.starts_with(start)
    });
    // What is called exactly so goes before what only begins so.
    let first = fitting.min_by_key(|node| node["name"]["value"] != start);
    Ok(first.and_then(|node| node["backendDOMNodeId"].as_i64()).map(|node| Named { node }))
}

/// What the element that has the focus is called.
pub(super) async fn focused(driver: &WebDriver) -> WebDriverResult<String> {
    let cdp = driver.cdp();
    let asked = json!({ "expression": "document.activeElement" });
    let element = cdp.send_raw("Runtime.evaluate", asked).await?;
    let asked = json!({ "objectId": element["result"]["objectId"], "fetchRelatives": false });
    let node = cdp.send_raw("Accessibility.getPartialAXTree", asked).await?;
    Ok(node["nodes"][0]["name"]["value"].as_str().unwrap_or_default().to_owned())
}

impl Named {
    /// A press of the mouse where it is seen.
    pub(super) async fn click(self, driver: &WebDriver) -> WebDriverResult<()> {
        let cdp = driver.cdp();
        let this = json!({ "backendNodeId": self.node });
        cdp.send_raw("DOM.scrollIntoViewIfNeeded", &this).await?;
        let quads = cdp.send_raw("DOM.getContentQuads", &this).await?;
        let corners: Vec<f64> =
            quads["quads"][0].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let middle = |of: usize| corners.iter().skip(of).step_by(2).sum::<f64>() / 4.0;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": middle(0), "y": middle(1), "button": "left", "clickCount": 1,
            });
            cdp.send_raw("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Typed in the place of what stands there; of a list, the option with this text is chosen.
    pub(super) async fn fill(self, driver: &WebDriver, text: &str) -> WebDriverResult<()> {
        const CLEAR: &str = "function(text) {
            this.focus();
            if (this instanceof HTMLSelectElement) {
                const option = [...this.options].find((one) => one.text.trim() === text);
                if (!option) return `there is no option ${text}`;
                this.value = option.value;
                this.dispatchEvent(new Event('input', { bubbles: true }));
                this.dispatchEvent(new Event('change', { bubbles: true }));
                return 'chosen';
            }
            if (this.select) this.select();
            return 'typed';
        }";
        let cdp = driver.cdp();
        let resolved =
            cdp.send_raw("DOM.resolveNode", json!({ "backendNodeId": self.node })).await?;
        let call = json!({
            "objectId": resolved["object"]["objectId"],
            "functionDeclaration": CLEAR,
            "arguments": [{ "value": text }],
            "returnByValue": true,
        });
        let done = cdp.send_raw("Runtime.callFunctionOn", call).await?;
        match done["result"]["value"].as_str() {
            Some("chosen") => Ok(()),
            Some("typed") => {
                cdp.send_raw("Input.insertText", json!({ "text": text })).await.map(drop)
            }
            why => panic!("it can't be filled in: {why:?}"),
        }
    }
}
