//! The city as a process of its own, so that its work doesn't count as the client's. Both ends of what is said to it are here.

use super::{PERSONA, fixture};
use crate::harness::{Child, Outcome, tell};
use rabt::{Config, domain::Language, jose::JwkSet};
use rabt_sandbox::{BillChange, CityConfig};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};
use tokio::runtime::Builder;

/// How long an access token is to be good: no measure takes so long, so that none renews one in the middle.
const ACCESS_TOKEN_SECONDS: u32 = 86_400;

/// What a city is to be like, beside its own twelve agencies, which nobody asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CitySpec {
    /// How long each made agency thinks before it answers, in milliseconds: an entry each.
    pub(crate) latencies_ms: Vec<u32>,
    /// How many bills the person has with each.
    pub(crate) bills_each: usize,
}

/// What it can be told while it runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Command {
    ChangeABillEach,
    ChangeEveryBill,
    SayTraffic,
}

/// What it says when it has done so.
const DONE: &str = "done";

/// What a client must know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Address {
    gateway_url: String,
    issuer: String,
    client_id: String,
    redirect_uri: String,
    directory_keys: JwkSet,
    ca_pem: String,
    agency_urls: Vec<String>,
}

/// The city, as the measure holds it. It ends when this goes.
pub(crate) struct City {
    child: Child,
    address: Address,
}

impl City {
    /// Starts one.
    ///
    /// # Errors
    /// Where it doesn't start.
    pub(crate) fn start(spec: &CitySpec) -> Outcome<Self> {
        let mut child = Child::start("city", &[&serde_json::to_string(spec)?])?;
        let address = serde_json::from_str(&child.heard()?)?;
        Ok(Self { child, address })
    }

    /// Has every made agency change one bill, so that each has something new to say.
    ///
    /// # Errors
    /// Where the city has ended.
    pub(crate) fn change_a_bill_each(&mut self) -> Outcome<()> {
        self.command(&Command::ChangeABillEach)
    }

    /// Has every made agency change every bill.
    ///
    /// # Errors
    /// As [`City::change_a_bill_each`].
    pub(crate) fn change_every_bill(&mut self) -> Outcome<()> {
        self.command(&Command::ChangeEveryBill)
    }

    /// What has gone over the made agencies' sockets so far, both ways, in bytes.
    ///
    /// # Errors
    /// As [`City::change_a_bill_each`].
    pub(crate) fn traffic_bytes(&mut self) -> Outcome<u64> {
        let said = self.child.ask(&serde_json::to_string(&Command::SayTraffic)?)?;
        Ok(said.parse()?)
    }

    fn command(&mut self, command: &Command) -> Outcome<()> {
        match self.child.ask(&serde_json::to_string(command)?)?.as_str() {
            DONE => Ok(()),
            other => Err(format!("the city said {other}").into()),
        }
    }

    /// What an app for it is built with.
    pub(crate) fn config(&self, folder: &Path) -> Config {
        let address = &self.address;
        Config {
            data_dir: folder.to_path_buf(),
            gateway_url: address.gateway_url.clone(),
            issuer: address.issuer.clone(),
            client_id: address.client_id.clone(),
            redirect_uri: address.redirect_uri.clone(),
            instrument_return_uri: "rabt-demo:/linked".to_owned(),
            directory_keys: address.directory_keys.clone(),
            extra_roots_pem: vec![address.ca_pem.clone()],
            language: Language::En,
            agency_deadline_ms: rabt::AGENCY_DEADLINE_MS_DEFAULT,
        }
    }

    /// Where the identity provider is.
    pub(crate) fn issuer(&self) -> &str {
        &self.address.issuer
    }

    /// As whom a client signs in.
    pub(crate) fn client_id(&self) -> &str {
        &self.address.client_id
    }

    /// Where a client is sent back to.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.address.redirect_uri
    }

    /// The certificate to trust.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.address.ca_pem
    }

    /// Where the made agencies are, in their order.
    pub(crate) fn agency_urls(&self) -> &[String] {
        &self.address.agency_urls
    }
}

/// The city's own side: runs until nobody speaks to it any more.
///
/// # Errors
/// Where it can't start, or is told what it doesn't know.
pub(crate) fn child(arguments: &[String]) -> Outcome<()> {
    let spec: CitySpec = serde_json::from_str(arguments.first().ok_or("which city?")?)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let city = runtime.block_on(begin(&spec))?;
    let mut round = 0;
    for line in io::stdin().lines() {
        round += 1;
        let bills = match serde_json::from_str(&line?)? {
            Command::ChangeABillEach => round % spec.bills_each..round % spec.bills_each + 1,
            Command::ChangeEveryBill => 0..spec.bills_each,
            Command::SayTraffic => {
                tell(&traffic_bytes(&city, &spec).to_string())?;
                continue;
            }
        };
        for agency in 0..spec.latencies_ms.len() {
            for bill in bills.clone() {
                change(&city, agency, bill, round)?;
            }
        }
        tell(DONE)?;
    }
    city.kill();
    Ok(())
}

fn traffic_bytes(city: &rabt_sandbox::City, spec: &CitySpec) -> u64 {
    let traffic = (0..spec.latencies_ms.len()).map(|index| city.control().traffic(&fixture::agency_id(index)));
    traffic.map(|traffic| traffic.received_bytes + traffic.sent_bytes).sum()
}

/// Changes a bill's amount to one that it never had.
fn change(city: &rabt_sandbox::City, agency: usize, bill: usize, round: usize) -> Outcome<()> {
    let change = BillChange {
        amount_fils: Some(20_000 + i64::try_from(round)?),
        ..BillChange::default()
    };
    let (agency, bill) = (fixture::agency_id(agency), fixture::bill_id(bill));
    city.control().change_bill(&agency, &bill, change)?;
    Ok(())
}

async fn begin(spec: &CitySpec) -> Outcome<rabt_sandbox::City> {
    let config = CityConfig {
        personas: vec![PERSONA.to_owned()],
        // The client proves its key and pushes its requests all the same; the bare one need not.
        require_dpop: false,
        require_par: false,
        latency_scale: 1.0,
        access_token_seconds: ACCESS_TOKEN_SECONDS,
        ..CityConfig::default()
    };
    let city = rabt_sandbox::City::start(config).await?;
    let mut agency_urls = Vec::new();
    for (index, latency_ms) in spec.latencies_ms.iter().enumerate() {
        let agency = fixture::agency(index, *latency_ms, spec.bills_each).to_string();
        agency_urls.push(city.control().add_agency(&agency).await?.base_url);
    }
    let address = Address {
        gateway_url: city.gateway_url().to_owned(),
        issuer: city.issuer().to_owned(),
        client_id: city.client_id().to_owned(),
        redirect_uri: city.redirect_uri().to_owned(),
        directory_keys: JwkSet {
            keys: vec![city.directory_key()],
        },
        ca_pem: city.ca_pem().to_owned(),
        agency_urls,
    };
    tell(&serde_json::to_string(&address)?)?;
    Ok(city)
}
