//! What axe-core finds on a page: the rules of WCAG 2.2, levels A and AA, that a program can check.

use serde_json::Value;

use super::window::Browser;

/// axe-core 4.14.1 as it is published (MPL 2.0, `axe.LICENSE`).
const AXE: &str = include_str!("axe.min.js");

const RUN: &str = "
    const done = arguments[0];
    axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'],
        rules: { 'target-size': { enabled: true } },
        resultTypes: ['violations'],
    }).then(
        (found) => done(found.violations.flatMap((one) => one.nodes.map(
            (node) => `${one.id}: ${node.html.slice(0, 160)} (${node.any.concat(node.all, node.none)
                .map((check) => check.message).join('; ').slice(0, 200)})`))),
        (error) => done([`axe failed: ${error}`]),
    );";

impl Browser {
    /// What a rule objects to, each with its element.
    pub(crate) async fn violations(&self) -> Vec<String> {
        self.script(AXE).await;
        let found = self.driver.execute_async(RUN, vec![]).await.unwrap();
        let found = found.json().as_array().cloned().unwrap_or_default();
        found.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How far the page is wider than the window.
    pub(crate) async fn overhang(&self) -> i64 {
        let wide = "return document.scrollingElement.scrollWidth - window.innerWidth";
        self.script(wide).await.as_i64().unwrap()
    }

    /// What the page said on the console: nothing, where all is well.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        let serious = log.into_iter().filter(|entry| {
            let entry = serde_json::to_value(entry).unwrap_or(Value::Null);
            entry["level"] == "SEVERE"
        });
        serious.map(|entry| entry.message).collect()
    }
}
