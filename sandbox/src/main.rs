//! `rabt-sandbox`: the simulated city on the command line, until Ctrl-C.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use clap::Parser;
use rabt_sandbox::{City, CityConfig};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tracing_subscriber::EnvFilter;

/// A whole simulated city on loopback: identity provider, gateway, agencies, bank. Nobody in it is real.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Keep the city in this file: stopped or killed, it comes up again as it was
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The city's instant at its first start, such as 2026-03-01T08:00:00Z; the machine's otherwise
    #[arg(long, value_name = "RFC3339", value_parser = instant_ms)]
    at: Option<i64>,
    /// Take consecutive ports from this one at a first start; any free ones otherwise
    #[arg(long, value_name = "PORT")]
    ports_from: Option<u16>,
    /// Multiply each agency's usual latency by this; 0 for none
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    latency_scale: f64,
    /// Load this persona; may be repeated; all of them otherwise
    #[arg(long, value_name = "ID")]
    persona: Vec<String>,
    /// Where to write the certificate that a client must trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Don't ask clients to push their authorization requests (RFC 9126)
    #[arg(long)]
    no_par: bool,
    /// Give bearer tokens to clients that don't prove a key (RFC 9449)
    #[arg(long)]
    no_dpop: bool,
    /// Let refresh tokens be used again
    #[arg(long)]
    no_rotation: bool,
    /// Be the city of the program that starts this one: say where everybody is in one line of JSON, as control's `GET /v1/city`
    /// does, and end when standard input ends
    #[arg(long)]
    as_child: bool,
}

fn instant_ms(text: &str) -> Result<i64, String> {
    text.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|error| format!("an RFC 3339 instant such as 2026-03-01T08:00:00Z: {error}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let (ca_file, as_child) = (ca_file(&arguments), arguments.as_child);
    let city = City::start(CityConfig {
        state_file: arguments.state,
        rotate_refresh_tokens: !arguments.no_rotation,
        require_par: !arguments.no_par,
        require_dpop: !arguments.no_dpop,
        latency_scale: arguments.latency_scale,
        starts_at_ms: arguments.at,
        personas: arguments.persona,
        ports_from: arguments.ports_from,
        ..CityConfig::default()
    })
    .await?;
    if as_child {
        println!("{}", city.introduction());
        std::io::Write::flush(&mut std::io::stdout())?;
        // Whatever becomes of that program, its end of the pipe is closed with it, and no city is left behind.
        tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
        city.stop().await;
        return Ok(());
    }
    std::fs::write(&ca_file, city.ca_pem()).map_err(|error| format!("{}: {error}", ca_file.display()))?;
    introduce(&city, &ca_file)?;
    tokio::signal::ctrl_c().await?;
    println!("\nStopping.");
    city.stop().await;
    Ok(())
}

fn ca_file(arguments: &Arguments) -> PathBuf {
    match (&arguments.ca_file, &arguments.state) {
        (Some(file), _) => file.clone(),
        (None, Some(state)) => state.with_extension("ca.pem"),
        (None, None) => std::env::temp_dir().join(format!("rabt-city-{}.ca.pem", std::process::id())),
    }
}

fn introduce(city: &City, ca_file: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "Rabt's city (simulated) is up. Its clock shows {}.\n",
        city.control().clock().now
    );
    println!("  console and control  {}", city.control_url());
    println!("  identity provider    {}", city.issuer());
    println!("  gateway              {}", city.gateway_url());
    println!("  bank                 {}", city.bank_url());
    println!("  certificate to trust {}", ca_file.display());
    println!(
        "  client               {} with {}",
        city.client_id(),
        city.redirect_uri()
    );
    println!("\nAgencies");
    for agency in city.control().agencies() {
        println!(
            "  {:<20} {:<26} {}",
            agency.agency_id, agency.base_url, agency.short_name.en
        );
    }
    println!("\nPersonas (fictional)     PIN     code    loaded");
    for persona in city.control().personas()? {
        let loaded = if persona.loaded { "yes" } else { "no" };
        println!(
            "  {:<22} {:<7} {:<7} {loaded:<6}  {}",
            persona.persona_id, persona.pin, persona.otp, persona.name.en
        );
    }
    println!("\nCtrl-C stops it.");
    Ok(())
}
