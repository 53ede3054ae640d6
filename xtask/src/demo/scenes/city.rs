//! The city comes back, and gives account.

use super::pay::tell_outcomes;
use crate::demo::{Outcome, figures::Figures, show, stage::Stage};
use std::time::{Duration, Instant};

/// For how long the app waits until everything is reconciled.
const RECONCILED_WITHIN: Duration = Duration::from_secs(30);
const BUDGET: Duration = Duration::from_secs(10);

/// The city starts again with what it had committed, and one sync finds out what became of everything.
pub(crate) async fn reconcile(stage: &mut Stage) -> Outcome<()> {
    show::scene("The power comes back; one sync reconciles");
    stage.restart_city().await?;
    let begun = Instant::now();
    let mut finished = 0;
    loop {
        let report = stage.phone()?.sync().run(BUDGET).await?;
        finished += report.payments_finished;
        if report.payments_left == 0 {
            show::line(&format!(
                "  {finished} payment found to be finished, {} events, {} agencies asked again",
                report.events,
                report.refreshed.agencies.len()
            ));
            break;
        }
        if begun.elapsed() > RECONCILED_WITHIN {
            return Err("a payment is still on its way".into());
        }
    }
    tell_outcomes(stage).await
}

/// What the bank's double-entry ledger says of all of it.
pub(crate) fn books(stage: &Stage, figures: &mut Figures) -> Outcome<()> {
    show::scene("The books");
    let books = stage.city()?.control().books()?;
    let dirhams = |fils: i64| rabt::domain::Fils::new(fils).map(show::dirhams).unwrap_or_default();
    show::line(&format!("  left persons      {:>16}", dirhams(books.debited_fils)));
    show::line(&format!("  reached agencies  {:>16}", dirhams(books.settled_fils)));
    show::line(&format!("  went back         {:>16}", dirhams(books.refunded_fils)));
    show::line(&format!("  under way         {:>16}", dirhams(books.in_flight_fils)));
    let balance = if books.balanced { "balanced" } else { "NOT balanced" };
    show::line(&format!(
        "  {balance}; paid twice: {}; lost: {}",
        books.paid_twice,
        dirhams(books.lost_fils)
    ));
    for problem in &books.problems {
        show::line(&format!("  problem: {problem}"));
    }
    figures.books.balanced = books.balanced;
    figures.books.paid_twice = books.paid_twice;
    figures.books.lost_fils = books.lost_fils;
    Ok(())
}
