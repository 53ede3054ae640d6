//! The client as a library that an app could load: the facade with every call that it has, behind UniFFI, so that a linker can
//! leave none of it out. `cargo xtask size` weighs it. What it does with what comes back is nobody's concern, so it only says
//! whether there was an error; the types of a real binding, and their size, are not in here.

use rabt::{
    AGENCY_DEADLINE_MS_DEFAULT, Chosen, Config, Ports, Rabt, RabtError,
    domain::{AgencyId, BillId, BillKey, IdempotencyKey, InstrumentId, InstrumentKind, Language, QuoteId},
    jose::JwkSet,
    store::{MemorySecretStore, bills::BillQuery, payments::OutcomeId},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

uniffi::setup_scaffolding!();

/// What went wrong, in the facade's words.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
pub enum CallError {
    /// The facade's own error.
    #[error(transparent)]
    Rabt(#[from] RabtError),
    /// There is no call of that name.
    #[error("no such call")]
    Unknown,
}

impl From<rabt::domain::Invalid> for CallError {
    fn from(invalid: rabt::domain::Invalid) -> Self {
        Self::Rabt(invalid.into())
    }
}

/// The facade.
#[derive(uniffi::Object)]
pub struct Client {
    rabt: Rabt,
}

/// Opens it.
#[uniffi::export(async_runtime = "tokio")]
pub async fn open(folder: String, gateway_url: String, issuer: String) -> Result<Arc<Client>, CallError> {
    let config = Config {
        data_dir: folder.into(),
        gateway_url,
        issuer,
        client_id: "size".to_owned(),
        redirect_uri: "http://127.0.0.1/".to_owned(),
        instrument_return_uri: "http://127.0.0.1/instrument".to_owned(),
        directory_keys: JwkSet { keys: Vec::new() },
        extra_roots_pem: Vec::new(),
        language: Language::En,
        agency_deadline_ms: AGENCY_DEADLINE_MS_DEFAULT,
    };
    let ports = Ports::system(Arc::new(MemorySecretStore::new()));
    Ok(Arc::new(Client {
        rabt: Rabt::open(config, ports).await?,
    }))
}

#[uniffi::export(async_runtime = "tokio")]
impl Client {
    /// Makes a call by its name.
    pub async fn call(&self, name: String, with: String) -> Result<(), CallError> {
        let rabt = &self.rabt;
        let agency = || AgencyId::parse(with.as_str());
        let bill = || {
            Ok::<_, CallError>(BillKey {
                agency: agency()?,
                bill: BillId::parse(with.as_str())?,
            })
        };
        match name.as_str() {
            "state" => drop(rabt.session().state().await?),
            "begin_sign_in" => drop(rabt.session().begin_sign_in().await?),
            "begin_step_up" => drop(rabt.session().begin_step_up(&with).await?),
            "complete" => drop(rabt.session().complete(&with).await?),
            "sign_out" => drop(rabt.session().sign_out(with.is_empty()).await?),
            "agencies" => drop(rabt.agencies().list().await?),
            "refresh_agencies" => rabt.agencies().refresh().await?,
            "consent" => rabt.agencies().consent(&[agency()?]).await?,
            "withdraw_consent" => rabt.agencies().withdraw_consent(&agency()?).await?,
            "accounts" => drop(rabt.accounts().list().await?),
            "add_account" => drop(rabt.accounts().add(&agency()?, &with, BTreeMap::new()).await?),
            "bills" => drop(rabt.bills().page(BillQuery::default()).await?),
            "bill" => drop(rabt.bills().get(&bill()?).await?),
            "summary" => drop(rabt.bills().summary().await?),
            "refresh" => drop(rabt.bills().refresh().await?),
            "refresh_some" => drop(rabt.bills().refresh_agencies(&[agency()?]).await?),
            "instruments" => drop(rabt.instruments().list().await?),
            "refresh_instruments" => drop(rabt.instruments().refresh().await?),
            "begin_link" => drop(rabt.instruments().begin_link(InstrumentKind::Card).await?),
            "complete_link" => drop(rabt.instruments().complete_link(&with).await?),
            "remove" => rabt.instruments().remove(&InstrumentId::parse(with)?).await?,
            "quote" => {
                let chosen = Chosen {
                    bill: bill()?,
                    amount: None,
                };
                drop(rabt.payments().quote(&[chosen]).await?);
            }
            "pay" => {
                let instrument = InstrumentId::parse(with.as_str())?;
                drop(rabt.payments().pay(&QuoteId::parse(with)?, &instrument).await?);
            }
            "follow" => {
                let key = IdempotencyKey::parse(with)?;
                drop(rabt.payments().follow(&key, Duration::from_secs(1)).await?);
            }
            "payment" => drop(rabt.payments().get(&IdempotencyKey::parse(with)?).await?),
            "payments" => drop(rabt.payments().page(Some(with), 50).await?),
            "outcomes" => drop(rabt.payments().outcomes(50).await?),
            "acknowledge" => drop(rabt.payments().acknowledge(&[OutcomeId(1)]).await?),
            "receipts" => drop(rabt.payments().receipts(Some(with), 50).await?),
            "sync" => drop(rabt.sync().run(Duration::from_secs(10)).await?),
            "incidents" => drop(rabt.diagnostics().incidents(50).await?),
            "bundle" => drop(rabt.diagnostics().bundle().await?),
            "watch" => drop(rabt.watch().changed().await),
            "pause" => rabt.pause().await?,
            "resume" => rabt.resume().await?,
            _ => return Err(CallError::Unknown),
        }
        Ok(())
    }
}
