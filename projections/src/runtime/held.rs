//! A read model that a node follows in one shard.

use super::concede::Concede;
use super::consumers::Consumer;
use super::fold::{Fold, Poison};
use super::page::Page;
use super::slot::Tables;
use super::statements::Statements;
use crate::db::{Db, Dialect, Tx};
use crate::table::Declared;

/// Rows a follower stores before it has their table analysed for the first time; then whenever there
/// are twice as many. A plan made for an empty table takes whichever index, and autovacuum comes up
/// to a minute later: 100,000 people took 32 s instead of 10 to get in.
const ANALYZE_AT: usize = 1_000;

/// A read model this node follows.
pub(super) struct Held {
    pub(super) consumer: Consumer,
    pub(super) declared: Declared,
    statements: Statements,
    pub(super) fold: Box<dyn Fold>,
    tables: Tables,
    /// Rows stored since it was taken, and at how many its table is analysed next.
    stored: usize,
    analyze_at: usize,
}

impl Held {
    pub(super) fn new(declared: Declared, consumer: Consumer, dialect: Dialect) -> Held {
        let tables = Tables::new(declared, consumer.slot, dialect);
        let (statements, fold) = (Statements::of(&tables), (declared.folder)());
        let (stored, analyze_at) = (0, ANALYZE_AT);
        Held { consumer, declared, statements, fold, tables, stored, analyze_at }
    }

    /// Folds a page and stores what changed. On poison, what came before it.
    pub(super) async fn fold(
        &mut self,
        tx: &mut Tx,
        page: &Page,
    ) -> Result<Option<Poison>, Concede> {
        let mut upto = page.last;
        let mut first: Option<Poison> = None;
        while let Err(poison) = self.try_fold(tx, page, upto).await? {
            self.fold.reset();
            upto = poison.position - 1;
            first = Some(poison);
        }
        let changes = self.fold.take(usize::MAX);
        self.stored += self.statements.store(tx, changes).await?;
        Ok(first)
    }

    async fn try_fold(
        &mut self,
        tx: &mut Tx,
        page: &Page,
        upto: u64,
    ) -> Result<Result<(), Poison>, Concede> {
        let wanted = match self.fold.plan(&page.events, self.consumer.checkpoint, upto) {
            Ok(wanted) => wanted,
            Err(poison) => return Ok(Err(poison)),
        };
        let rows = self.statements.load(tx, &wanted).await?;
        self.fold.load(wanted, &rows)?;
        Ok(self.fold.apply(&page.events))
    }

    /// Has its table analysed where it has grown. That makes queries faster, no more: where it fails,
    /// autovacuum will do it.
    pub(super) async fn analyze(&mut self, db: &Db) {
        if self.stored < self.analyze_at {
            return;
        }
        self.analyze_at = 2 * self.stored;
        let Some(sql) = self.tables.analyze() else { return };
        let analyzed = async {
            let mut tx = db.begin().await?;
            tx.script(&sql).await?;
            tx.commit().await
        };
        if let Err(error) = analyzed.await {
            tracing::debug!(projection = self.declared.name, %error, "not analysed");
        }
    }
}
