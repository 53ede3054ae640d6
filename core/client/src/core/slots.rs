//! What there is one of at run time, and is replaced as a whole: the directory, the session's parts, the quotes on the screen. The
//! features fill these and say what they mean.

use rabt_domain::{AccountId, AgencyId, Quote, QuoteId};
use rabt_link::{
    ETag,
    directory::SignedDirectory,
    session::{SessionKeeper, SignIn},
};
use rabt_protocol::jose::Signer;
use rabt_store::Secret;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// Something that is read by many and replaced by one.
pub(crate) struct Slot<T>(RwLock<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T: Clone> Slot<T> {
    pub(crate) fn get(&self) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, value: Option<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// The directory of this moment.
pub(crate) type DirectorySlot = Slot<Arc<SignedDirectory>>;

/// What a session is made of.
#[derive(Clone)]
pub(crate) struct SessionParts {
    pub(crate) sign_in: SignIn,
    pub(crate) keeper: SessionKeeper,
    /// What signs for the device.
    pub(crate) signer: Arc<dyn Signer>,
    /// What the device's key was made of, where it is the core's own.
    pub(crate) device_key: Option<Secret>,
}

/// What agencies said last of a person's accounts: the tag, and which they are. A core that is opened anew asks for all.
#[derive(Default)]
pub(crate) struct ToldAccounts(Mutex<BTreeMap<AgencyId, (ETag, BTreeSet<AccountId>)>>);

impl ToldAccounts {
    /// The tag of what an agency said, where just that is what is known here now.
    pub(crate) fn tag_of(&self, agency: &AgencyId, known: &BTreeSet<AccountId>) -> Option<ETag> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(agency)
            .filter(|(_, accounts)| accounts == known)
            .map(|(tag, _)| tag.clone())
    }

    pub(crate) fn keep(&self, agency: &AgencyId, tag: Option<ETag>, accounts: BTreeSet<AccountId>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tag {
            Some(tag) => told.insert(agency.clone(), (tag, accounts)),
            None => told.remove(agency),
        };
    }

    /// Forgets all, as when the person signs out.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// How many quotes are kept: a person looks at one, perhaps goes back and looks at another.
const QUOTES_MAX: usize = 16;

/// The quotes that may be paid. A killed app asks again.
#[derive(Default)]
pub(crate) struct Quotes(Mutex<VecDeque<Quote>>);

impl Quotes {
    pub(crate) fn keep(&self, quote: Quote) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == QUOTES_MAX {
            kept.pop_front();
        }
        kept.push_back(quote);
    }

    pub(crate) fn get(&self, id: &QuoteId) -> Option<Quote> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|quote| &quote.id == id)
            .cloned()
    }

    /// Forgets all, as when the person signs out.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
