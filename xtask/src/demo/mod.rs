//! The main job, told: a simulated city is started, and the real client is walked through it over real sockets and real files.
//!
//! What is printed is what happened; nothing here knows an answer beforehand. The figures go to `target/reports/demo.json` too.

mod figures;
mod scenes;
mod show;
mod stage;
mod year;

use crate::{report, workspace::Workspace};
use figures::Figures;
use stage::Stage;
use std::{error::Error, process::ExitCode, time::Instant};

/// What can go wrong on the way; its text says where.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Tells the story of a persona.
pub(crate) fn run(workspace: &Workspace, persona: &str) -> ExitCode {
    let told = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Box::from);
    let told = told.and_then(|runtime| runtime.block_on(tell(workspace, persona)));
    match told {
        Ok(figures) if figures.is_well() => ExitCode::SUCCESS,
        Ok(_) => {
            show::line("The books or the figures are not as they must be.");
            ExitCode::FAILURE
        }
        Err(error) => report::fail(&*error),
    }
}

async fn tell(workspace: &Workspace, persona: &str) -> Outcome<Figures> {
    let begun = Instant::now();
    let mut figures = Figures::of(persona);
    let mut stage = Stage::set(persona).await?;
    scenes::sign_in(&stage).await?;
    scenes::all_bills(&stage, &mut figures).await?;
    let instruments = scenes::link_instruments(&stage).await?;
    scenes::pay_a_basket(&stage, &instruments, &mut figures).await?;
    scenes::leave_one_pending(&stage, &instruments).await?;
    scenes::offline(&mut stage, &mut figures).await?;
    scenes::reconcile(&mut stage).await?;
    scenes::books(&stage, &mut figures)?;
    stage.clear().await;
    year::play(&mut figures.autopay).await?;
    figures.seconds = begun.elapsed().as_secs_f64();
    let file = figures.write(workspace)?;
    show::line(&format!(
        "\n{:.1} s. The figures are in {}.",
        figures.seconds,
        file.display()
    ));
    Ok(figures)
}
