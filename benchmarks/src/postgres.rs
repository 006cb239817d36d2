//! Databases of their own on a PostgreSQL server, made and dropped.

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::failure::Failure;

/// Makes an empty database on the server of `url`, and gives its address.
pub(crate) async fn create_database(
    url: &SecretString,
    name: &str,
) -> Result<SecretString, Failure> {
    run(url, format!("create database \"{name}\" template template0")).await?;
    Ok(SecretString::from(address(url.expose_secret(), name)))
}

/// Drops a database that `create_database` made, whoever is still connected.
pub(crate) async fn drop_database(
    server: &SecretString,
    url: &SecretString,
) -> Result<(), Failure> {
    let options = options(url)?;
    let name = options.get_database().unwrap_or_default();
    run(server, format!("drop database \"{name}\" with (force)")).await
}

/// Writes what is dirty to the disk.
pub(crate) async fn checkpoint(url: &SecretString) -> Result<(), Failure> {
    run(url, "checkpoint".to_owned()).await
}

pub(crate) fn options(url: &SecretString) -> Result<PgConnectOptions, Failure> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    Ok(options.disable_statement_logging())
}

async fn run(url: &SecretString, sql: String) -> Result<(), Failure> {
    let mut connection = options(url)?.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// The URL with another database in its path.
fn address(url: &str, database: &str) -> String {
    let (url, query) = match url.split_once('?') {
        Some((url, query)) => (url, format!("?{query}")),
        None => (url, String::new()),
    };
    let server = match url.split_once("://") {
        Some((_, rest)) => &url[..url.len() - rest.find('/').map_or(0, |at| rest.len() - at)],
        None => url,
    };
    format!("{server}/{database}{query}")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_database_of_an_address_is_replaced() {
        for (from, to) in [
            ("postgres://a@h:1/old?host=/tmp/x", "postgres://a@h:1/new?host=/tmp/x"),
            ("postgres://h/old", "postgres://h/new"),
            ("postgres://h", "postgres://h/new"),
        ] {
            assert_eq!(address(from, "new"), to);
        }
    }
}
