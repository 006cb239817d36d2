//! A simulated HR system of its own is connected with what it prints, and ends when it is told to.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::{command, run, stopped};
use crate::place::PATIENCE;

#[tokio::test]
async fn a_simulated_dynamics_is_connected_with_what_it_prints() {
    let here = tempfile::tempdir().unwrap();
    let free = "127.0.0.1:0";
    let words =
        ["--json", "simulator", "dynamics", "--at", free, "--entra-at", free, "--people", "20"];
    let mut simulator = command(here.path(), &words).spawn().unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let said = timeout(PATIENCE, lines.next_line()).await.expect("it starts").unwrap();
    let said: Value = serde_json::from_str(&said.expect("it says where it is")).unwrap();
    let told = |name: &str| said[name].as_str().unwrap().to_owned();
    std::fs::write(here.path().join("secret"), told("client_secret")).unwrap();
    let made = run(here.path(), &["tenant", "create", "acme", "--name", "Acme"]).await;
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);

    let [environment, authority] = ["environment_url", "authority_url"].map(told);
    let [tenant, client] = ["tenant_id", "client_id"].map(told);
    let connect = [
        "--allow-private",
        "127.0.0.0/8",
        "connection",
        "connect",
        "dynamics365",
        "--test",
        "--environment-url",
        &environment,
        "--authority-url",
        &authority,
        "--surface",
        "finance_operations",
        "--tenant-id",
        &tenant,
        "--client-id",
        &client,
        "--client-secret-file",
        "secret",
    ];
    let tested = run(here.path(), &connect).await;

    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    assert!(tested.out.contains("20"), "{}", tested.out);
    stopped(simulator).await;
}
