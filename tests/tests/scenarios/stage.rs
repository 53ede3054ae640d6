//! What a scenario remembers from one step to the next.

use crate::{city::ScenarioCity, phone::ScenarioPhone};
use rabt::{
    Rabt, RabtError, RefreshReport,
    domain::{Bill, BillKey, IdempotencyKey, Instrument, InstrumentKind, Quote},
};
use rabt_tests::bill_key;
use std::{collections::BTreeMap, convert::Infallible};

/// The phone that is in hand at the beginning.
const FIRST_PHONE: &str = "first";

/// See the module.
#[derive(Default)]
pub(crate) struct Stage {
    city: Option<ScenarioCity>,
    phones: BTreeMap<String, ScenarioPhone>,
    in_hand: String,
    /// The error of the last act, until a step says that it was expected.
    failed: Option<RabtError>,
    /// The error that was expected, for what is said of it afterwards.
    pub(crate) expected: Option<RabtError>,
    /// What the last refresh reported.
    pub(crate) report: Option<RefreshReport>,
    /// The list of bills that is on the screen.
    pub(crate) shown: Vec<Bill>,
    /// The last quote of each phone.
    pub(crate) quotes: BTreeMap<String, Quote>,
    /// The last payment of each phone.
    pub(crate) payments: BTreeMap<String, IdempotencyKey>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl cucumber::World for Stage {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self::default())
    }
}

impl Stage {
    /// Starts the city, and takes a phone in hand.
    pub(crate) async fn begin(&mut self) {
        self.city = Some(ScenarioCity::start().await);
        self.take(FIRST_PHONE).await;
    }

    /// The city.
    pub(crate) fn city(&self) -> &ScenarioCity {
        self.city.as_ref().expect("the scenario begins with a city")
    }

    /// Takes a phone in hand; a new one, with the app open, where there is none of that name.
    pub(crate) async fn take(&mut self, name: &str) {
        if !self.phones.contains_key(name) {
            let phone = ScenarioPhone::new(self.city()).await;
            self.phones.insert(name.to_owned(), phone);
        }
        self.in_hand = name.to_owned();
    }

    /// The name of the phone in hand.
    pub(crate) fn name(&self) -> String {
        self.in_hand.clone()
    }

    /// The phone in hand, to be opened or closed, and the city.
    pub(crate) fn phone(&mut self) -> (&mut ScenarioPhone, &ScenarioCity) {
        let phone = self.phones.get_mut(&self.in_hand).expect("a phone is in hand");
        (phone, self.city.as_ref().expect("the scenario begins with a city"))
    }

    /// Every phone.
    pub(crate) fn phones(&self) -> impl Iterator<Item = &ScenarioPhone> {
        self.phones.values()
    }

    /// The core of the phone in hand.
    pub(crate) fn rabt(&self) -> &Rabt {
        self.phones[&self.in_hand].rabt()
    }

    /// Keeps what became of an act: an error must be spoken of by the next step, or the scenario fails.
    pub(crate) fn done<T>(&mut self, result: Result<T, RabtError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    /// The error that the last act must have ended with.
    pub(crate) fn expect_failure(&mut self) -> &RabtError {
        self.expected = Some(self.failed.take().expect("the last step succeeded; it was to fail"));
        self.expected.as_ref().expect("just set")
    }

    /// Fails where an error was not spoken of.
    pub(crate) fn nothing_unspoken(&self) -> Result<(), String> {
        match &self.failed {
            None => Ok(()),
            Some(error) => Err(format!("the last step failed: {error} ({})", error.code())),
        }
    }

    /// A bill, from the store.
    pub(crate) async fn bill(&self, bill: &str, agency: &str) -> Option<Bill> {
        let key: BillKey = bill_key(agency, bill);
        let found = self.rabt().bills().get(&key).await.expect("the store answers");
        found.map(|stored| stored.bill)
    }

    /// The linked instrument of a kind, from the store.
    pub(crate) async fn instrument(&self, kind: InstrumentKind) -> Option<Instrument> {
        let linked = self.rabt().instruments().list().await.expect("the store answers");
        linked.into_iter().find(|instrument| instrument.kind == kind)
    }
}

/// `bank account` or `card`.
pub(crate) fn kind_of(words: &str) -> InstrumentKind {
    match words {
        "bank account" => InstrumentKind::BankAccount,
        "card" => InstrumentKind::Card,
        other => panic!("`{other}` is neither `bank account` nor `card`"),
    }
}
