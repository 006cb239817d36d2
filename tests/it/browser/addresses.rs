//! The addresses that the paths of pages stand for. A page with a part that nobody here has heard of
//! fails the walk, so that none is left out.

use super::world::World;

impl World {
    /// One for each thing worth looking at.
    pub(super) async fn addresses(&self, path: &str) -> Vec<String> {
        let hris = "/settings/integrations/hris";
        let of_run = format!("/settings/integrations/logs/{}", self.runs[0]);
        let endpoint = "/settings/webhooks/{endpoint}";
        if let Some(rest) = path.strip_prefix(endpoint) {
            let rest = rest.replace("{delivery}", &self.delivery);
            return vec![format!("/settings/webhooks/{}{rest}", self.endpoint)];
        }
        let posted = "/settings/integrations/hris-webhook/{webhook}";
        if let Some(below) = path.strip_prefix(posted) {
            return vec![self.posted.address(below)];
        }
        match path {
            // What each is about is not to be mixed.
            "/settings/integrations/logs/{run}/undo/{operation}" => {
                vec![format!("{of_run}/undo/{}", self.undo)]
            }
            "/settings/integrations/hris/preview/{operation}" => {
                vec![format!("{hris}/preview/{}", self.preview)]
            }
            "/scenarios/{scenario}/diff" => {
                vec![format!("/scenarios/{}/diff?with={}", self.scenario, self.stage.baseline)]
            }
            "/scenarios/compare" => {
                vec![format!("{path}?here={}&with={}", self.scenario, self.stage.baseline)]
            }
            // People are asked whether they mean it only where there is a build to switch to.
            "/engine/{name}/switch" => vec!["/engine/actors/switch".to_owned()],
            // The same page where nothing is, or something is asked for.
            "/notifications" => ["", "?filter=unread"].map(|q| path.to_owned() + q).into(),
            "/people" => {
                ["", "?q=Bold", "?q=nobody", "?status=inactive"].map(|q| path.to_owned() + q).into()
            }
            path => self.filled(path).await,
        }
    }

    async fn filled(&self, path: &str) -> Vec<String> {
        let mut found = vec![path.to_owned()];
        while let Some(start) = found[0].find('{') {
            let end = found[0].find('}').expect("what is opened is closed");
            let part = found[0][start..=end].to_owned();
            let values = self.values(part.trim_matches(['{', '}'])).await;
            let all = values.iter().flat_map(|value| {
                found.iter().map(|one| one.replace(&part, value)).collect::<Vec<_>>()
            });
            found = all.collect();
        }
        found
    }

    /// What may stand for a part of a path.
    async fn values(&self, name: &str) -> Vec<String> {
        let live = format!("/scenarios/{}", self.stage.baseline);
        let connection = format!("/integrations/{}", self.stage.connection);
        match name {
            "run" => self.runs.clone(),
            "scenario" => vec![self.scenario.clone()],
            "invitation" => vec![self.invitation.clone()],
            "operation" => self.operations.clone(),
            "name" => ["actors", "runs"].map(str::to_owned).into(),
            "section" => ["targets", "schedule", "limits", "deliveries"].map(str::to_owned).into(),
            "actor" => {
                let mut odd = self.all(&format!("{live}/actors?q=Bold"), "id").await;
                for name in ["Wolfeschlegelstein", "%D9%84%D9%8A%D9%84%D9%89"] {
                    odd.extend(self.all(&format!("{live}/actors?q={name}"), "id").await);
                }
                odd
            }
            "department" => self.all(&format!("{live}/departments?limit=1"), "id").await,
            "receipt" => self.all("/receipts?limit=1", "id").await,
            "token" => self.all("/tokens", "id").await,
            "id" => self.all("/parked", "id").await,
            "position" => self.all("/audit_events?limit=3", "position").await,
            "webhook" => vec![self.webhook.clone()],
            "fingerprint" => {
                let connection = self.desk.get(&connection).await;
                let known = connection["webhook_secrets"][0]["fingerprint"].as_str();
                vec![known.unwrap().to_owned()]
            }
            other => panic!("teach the walk what `{other}` is"),
        }
    }

    /// This member of all rows of a list.
    async fn all(&self, path: &str, member: &str) -> Vec<String> {
        let listed = self.desk.get(path).await;
        let rows = listed["data"].as_array().unwrap();
        assert!(!rows.is_empty(), "{path} lists nothing");
        rows.iter().map(|row| row[member].as_str().unwrap().to_owned()).collect()
    }
}
