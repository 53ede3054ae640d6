//! The books: whether every fil that left a person is where it belongs, over everybody's tables at one instant.
//!
//! It trusts no party's own conclusion. The ledger is added up again from its entries; what the hub says of a payment, what the
//! bank moved for it and what the agencies posted are held against each other, bill by bill.

use crate::{context::Ctx, gateway::keys};
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Serialize;
use std::collections::BTreeMap;

/// More findings than this are counted and not told one by one.
const PROBLEMS_MAX: usize = 100;

/// What the books say, in fils. All is well where `balanced` is true and `paid_twice` and `lost_fils` are zero; then there are no
/// problems either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Debits equal credits: in each transaction, over all accounts, and between what is held and what was moved.
    pub balanced: bool,
    /// How often a bill was paid again, at whatever counter, after it had been paid.
    pub paid_twice: u64,
    /// What left somebody and is neither where it should be nor on its way.
    pub lost_fils: i64,
    /// What the hub holds for payments that aren't finished.
    pub in_flight_fils: i64,
    /// What persons paid in through the hub.
    pub debited_fils: i64,
    /// What agencies got through the hub.
    pub settled_fils: i64,
    /// What went back to persons.
    pub refunded_fils: i64,
    /// What is wrong, one sentence each, at most a hundred.
    pub problems: Vec<String>,
}

/// Looks at the books.
///
/// # Errors
/// Where the state can't be read.
pub(crate) fn books(ctx: &Ctx) -> rusqlite::Result<Books> {
    ctx.state.transact(|tx| {
        let mut audit = Audit {
            books: Books {
                balanced: true,
                ..Books::default()
            },
        };
        audit.ledger(tx)?;
        audit.totals(tx)?;
        audit.debits(tx)?;
        let items = items(tx)?;
        for item in &items {
            audit.item(tx, item)?;
        }
        audit.postings_without_payment(tx)?;
        audit.bills(tx, &items)?;
        Ok(audit.books)
    })
}

struct Audit {
    books: Books,
}

/// A bill in a payment of the hub's.
struct Item {
    payment_id: String,
    agency_id: String,
    bill_id: String,
    amount_fils: i64,
}

impl Audit {
    fn problem(&mut self, text: String) {
        if self.books.problems.len() < PROBLEMS_MAX {
            self.books.problems.push(text);
        }
    }

    fn unbalanced(&mut self, text: String) {
        self.books.balanced = false;
        self.problem(text);
    }

    fn lost(&mut self, fils: i64, text: String) {
        self.books.lost_fils = self.books.lost_fils.saturating_add(fils);
        self.problem(text);
    }

    /// The ledger, added up again.
    fn ledger(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let crooked = rows(
            tx,
            "SELECT transaction_id, SUM(amount_fils) FROM bank_entry GROUP BY transaction_id
             HAVING SUM(amount_fils) <> 0 OR COUNT(*) < 2
                 OR transaction_id NOT IN (SELECT transaction_id FROM bank_transaction)",
        )?;
        for (transaction_id, off_fils) in crooked {
            self.unbalanced(format!("transaction {transaction_id} is off by {off_fils} fils"));
        }
        let strays = rows(
            tx,
            "SELECT a.account_id, a.balance_fils - COALESCE(SUM(e.amount_fils), 0)
             FROM bank_account a LEFT JOIN bank_entry e USING (account_id) GROUP BY a.account_id
             HAVING a.balance_fils <> COALESCE(SUM(e.amount_fils), 0)",
        )?;
        for (account_id, off_fils) in strays {
            self.unbalanced(format!(
                "the balance of {account_id} is off its entries by {off_fils} fils"
            ));
        }
        let overdrawn = rows(
            tx,
            "SELECT account_id, balance_fils - floor_fils FROM bank_account WHERE balance_fils < floor_fils",
        )?;
        for (account_id, below_fils) in overdrawn {
            self.unbalanced(format!(
                "{account_id} is overdrawn by {} fils",
                below_fils.saturating_neg()
            ));
        }
        let sum_fils = number(tx, "SELECT COALESCE(SUM(balance_fils), 0) FROM bank_account")?;
        if sum_fils != 0 {
            self.unbalanced(format!("all accounts together hold {sum_fils} fils instead of none"));
        }
        Ok(())
    }

    fn totals(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let of = |kind: &str| {
            tx.query_row(
                "SELECT COALESCE(SUM(amount_fils), 0) FROM bank_movement WHERE kind = ?1 AND declined IS NULL",
                [kind],
                |row| row.get::<_, i64>(0),
            )
        };
        self.books.debited_fils = of("debit")?;
        self.books.settled_fils = of("settlement")?;
        self.books.refunded_fils = of("refund")?;
        let held_fils = number(
            tx,
            "SELECT COALESCE(SUM(balance_fils), 0) FROM bank_account WHERE kind = 'clearing'",
        )?;
        let expected_fils = self.books.debited_fils - self.books.settled_fils - self.books.refunded_fils;
        if held_fils != expected_fils {
            self.unbalanced(format!(
                "clearing holds {held_fils} fils where movements leave {expected_fils}"
            ));
        }
        Ok(())
    }

    /// What is left of each debit is in flight while its payment is open, and lost after that.
    fn debits(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut statement = tx.prepare(
            "SELECT d.reference, d.idempotency_key,
                 d.amount_fils - (SELECT COALESCE(SUM(m.amount_fils), 0) FROM bank_movement m
                                  WHERE m.debit_key = d.idempotency_key AND m.declined IS NULL),
                 (SELECT p.stage FROM gateway_payment p WHERE p.payment_id = d.reference)
             FROM bank_movement d WHERE d.kind = 'debit' AND d.declined IS NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (payment_id, key): (String, String) = (row.get(0)?, row.get(1)?);
            let (left_fils, stage): (i64, Option<String>) = (row.get(2)?, row.get(3)?);
            if key != keys::debit(&payment_id) {
                self.lost(
                    left_fils,
                    format!("payment {payment_id} was debited under a key that isn't its own"),
                );
            } else if left_fils < 0 {
                self.unbalanced(format!(
                    "more was moved on than payment {payment_id} took, by {} fils",
                    -left_fils
                ));
            } else if left_fils > 0 {
                match stage.as_deref() {
                    Some("recorded" | "debited") => self.books.in_flight_fils += left_fils,
                    Some(stage) => {
                        self.lost(
                            left_fils,
                            format!("payment {payment_id} is {stage} and {left_fils} fils stayed in clearing"),
                        );
                    }
                    None => self.lost(
                        left_fils,
                        format!("{left_fils} fils were taken for no payment of the hub's"),
                    ),
                }
            }
        }
        Ok(())
    }

    /// What the bank moved for a bill, what its agency posted, and what the hub says, must tell one story.
    fn item(&mut self, tx: &Transaction<'_>, item: &Item) -> rusqlite::Result<()> {
        let Item {
            payment_id,
            agency_id,
            bill_id,
            amount_fils,
        } = item;
        let moved = |key: String| {
            tx.query_row(
                "SELECT amount_fils FROM bank_movement WHERE idempotency_key = ?1 AND declined IS NULL",
                [key],
                |row| row.get::<_, i64>(0),
            )
            .optional()
        };
        let debited = moved(keys::debit(payment_id))?.is_some();
        let settled = moved(keys::settle(payment_id, agency_id, bill_id))?;
        let refunded = moved(keys::refund(payment_id, agency_id, bill_id))?;
        let posted = tx
            .query_row(
                "SELECT amount_fils FROM agency_posting WHERE agency_id = ?1 AND bill_id = ?2 AND payment_id = ?3",
                [agency_id, bill_id, payment_id],
                |row| row.get::<_, i64>(0),
            )
            .optional()?;
        let of = format!("bill {bill_id} of {agency_id} in payment {payment_id}");
        if settled.is_some() && posted.is_none() {
            self.lost(*amount_fils, format!("{of}: the agency was paid and posted nothing"));
        }
        if refunded.is_some() && posted.is_some() {
            self.lost(
                *amount_fils,
                format!("{of}: the person got the money back and the agency has posted it"),
            );
        }
        if settled.is_some() && refunded.is_some() {
            self.lost(*amount_fils, format!("{of}: the money went both ways"));
        }
        if posted.is_some() && !debited {
            self.lost(*amount_fils, format!("{of}: the agency posted what nobody paid"));
        }
        for (what, fils) in [("settled", settled), ("refunded", refunded), ("posted", posted)] {
            if let Some(fils) = fils.filter(|fils| fils != amount_fils) {
                self.lost(
                    (fils - amount_fils).abs(),
                    format!("{of}: {fils} fils were {what} instead of {amount_fils}"),
                );
            }
        }
        Ok(())
    }

    fn postings_without_payment(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let strays = rows(
            tx,
            "SELECT p.agency_id || ' ' || p.bill_id, p.amount_fils FROM agency_posting p
             WHERE p.channel = 'rabt' AND NOT EXISTS (
                 SELECT 1 FROM gateway_payment_item i
                 WHERE i.payment_id = p.payment_id AND i.agency_id = p.agency_id AND i.bill_id = p.bill_id)",
        )?;
        for (bill, fils) in strays {
            self.lost(fils, format!("{bill} was posted for no payment of the hub's"));
        }
        Ok(())
    }

    /// No bill is paid twice: through the hub, at a counter, or both.
    fn bills(&mut self, tx: &Transaction<'_>, items: &[Item]) -> rusqlite::Result<()> {
        let mut settlements: BTreeMap<(String, String), u64> = BTreeMap::new();
        for item in items {
            let key = keys::settle(&item.payment_id, &item.agency_id, &item.bill_id);
            let settled: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM bank_movement WHERE idempotency_key = ?1 AND declined IS NULL)",
                [key],
                |row| row.get(0),
            )?;
            if settled {
                *settlements
                    .entry((item.agency_id.clone(), item.bill_id.clone()))
                    .or_default() += 1;
            }
        }
        let mut postings: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        let mut statement = tx.prepare(
            "SELECT agency_id, bill_id, SUM(channel = 'rabt'), SUM(channel <> 'rabt') FROM agency_posting
             GROUP BY agency_id, bill_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (through_hub, elsewhere): (i64, i64) = (row.get(2)?, row.get(3)?);
            postings.insert(
                (row.get(0)?, row.get(1)?),
                (through_hub.unsigned_abs(), elsewhere.unsigned_abs()),
            );
        }
        for (bill, settled) in settlements {
            let (through_hub, _) = postings.entry(bill).or_default();
            *through_hub = (*through_hub).max(settled);
        }
        for ((agency_id, bill_id), (through_hub, elsewhere)) in postings {
            let again = (through_hub + elsewhere).saturating_sub(1);
            if again > 0 {
                self.books.paid_twice += again;
                self.problem(format!(
                    "bill {bill_id} of {agency_id} was paid {through_hub} times through the hub and {elsewhere} times elsewhere"
                ));
            }
        }
        Ok(())
    }
}

fn items(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Item>> {
    tx.prepare("SELECT payment_id, agency_id, bill_id, amount_fils FROM gateway_payment_item ORDER BY rowid")?
        .query_map([], |row| {
            Ok(Item {
                payment_id: row.get(0)?,
                agency_id: row.get(1)?,
                bill_id: row.get(2)?,
                amount_fils: row.get(3)?,
            })
        })?
        .collect()
}

fn rows(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<Vec<(String, i64)>> {
    tx.prepare(sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn number(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<i64> {
    tx.query_row(sql, [], |row| row.get(0))
}
