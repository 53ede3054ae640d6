//! A store with something in every room, for the fixture and for what is tried on whole files. All people and numbers in it
//! are made up.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test takes what it needs of it"
)]

use rabt_domain::{
    Account, AccountId, AccountKey, Agency, AgencyId, Bilingual, Bill, BillId, BillKey, BillKind, BillStatus,
    ConsentId, Currency, Directory, DubaiDate, Fils, Holder, HubPaymentId, IdempotencyKey, Incident, IncidentKind,
    Instrument, InstrumentId, InstrumentKind, InstrumentStatus, MandateId, Payment, PaymentState, Personal, QuoteId,
    SubjectId, Timestamp,
    agency::BillKindEntry,
    bill::{AmountRule, BillLine, BillPaid},
    mandate,
    payment::{ItemState, Origin, Outcome, PaymentItem, Rejection},
};
use rabt_store::{
    MemorySecretStore, Secret, SecretStore as _, SecretText, Store,
    bills::Answer,
    consents::Consent,
    directory::StoredDirectory,
    events::EventName,
    flows::FlowKind,
    mandates::{Asked, BankConsent, DeviceKey, KeptDecision, NewFinding, Sent, Statement, StatementKind},
    session::StoredSession,
};
use std::collections::BTreeSet;

pub type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The secret store that opens the fixtures.
pub fn known_key() -> MemorySecretStore {
    let secrets = MemorySecretStore::new();
    let key = Secret::new((0..32).collect());
    secrets.put("rabt.store.master-key", &key).unwrap_or_default();
    secrets
}

/// What must not be found in any file. Each stands in what [`fill`] keeps.
pub const CANARIES: [&str; 31] = [
    "canary-subject",
    "canary-access-token",
    "canary-refresh-token",
    "canary-id-token",
    "canary-device-key",
    "canary-flow-state",
    "canary-flow-payload",
    "canary.directory.token",
    "canary-police",
    "canary-consent",
    "canary-purpose",
    "Canary Person",
    "شخص الكناري",
    "canary-account",
    "CANARY-NUMBER-2001234567",
    "Canary Villa",
    "Canary Title",
    "عنوان الكناري",
    "CANARY-REFERENCE-7781",
    "canary-bill",
    "7654321",
    "canary-idempotency-key",
    "canary.receipt.token",
    "canary-etag",
    "canary-mandate",
    "canary.mandate.statement",
    "canary-bank-consent",
    "canary-thumbprint",
    "canary-decision",
    "Canary Finding",
    "canary-decisions-cursor",
];

pub fn now() -> Done<Timestamp> {
    Ok(Timestamp::parse("2026-11-23T08:00:00Z")?)
}

pub fn agency() -> Done<AgencyId> {
    Ok(AgencyId::parse("canary-police")?)
}

pub fn account() -> Done<Account> {
    Ok(Account {
        key: AccountKey {
            agency: agency()?,
            account: AccountId::parse("canary-account")?,
        },
        kind: "traffic-file".to_owned(),
        number: Personal::new("CANARY-NUMBER-2001234567".to_owned()),
        label: Bilingual::parse("Canary Villa", "فيلا الكناري")?,
        holder: Holder::AddedByHand,
        balance: Some(Personal::new(Fils::new(7_654_321)?)),
    })
}

pub fn instrument() -> Done<Instrument> {
    Ok(Instrument {
        id: InstrumentId::parse("canary-card")?,
        kind: InstrumentKind::Card,
        name: Bilingual::parse("Canary Card", "بطاقة الكناري")?,
        last_four: Personal::new("4242".to_owned()),
        status: InstrumentStatus::Active,
        expires_on: DubaiDate::parse("2028-05-31")?,
    })
}

pub fn bills() -> Done<Vec<Bill>> {
    let line = |code: &str, fils| -> Done<BillLine> {
        Ok(BillLine {
            code: code.to_owned(),
            title: Bilingual::parse("Canary Line", "سطر الكناري")?,
            amount: Personal::new(Fils::new(fils)?),
            source: Some(("https://fees.example/base".to_owned(), DubaiDate::parse("2026-01-01")?)),
        })
    };
    let open = Bill {
        key: BillKey {
            agency: agency()?,
            bill: BillId::parse("canary-bill")?,
        },
        account: account()?.key.account,
        kind: BillKind::Utility,
        kind_code: "monthly".to_owned(),
        title: Bilingual::parse("Canary Title", "عنوان الكناري")?,
        reference: Personal::new("CANARY-REFERENCE-7781".to_owned()),
        status: BillStatus::Open,
        issued_on: DubaiDate::parse("2026-11-01")?,
        due_on: DubaiDate::parse("2026-11-30")?,
        period: Some((DubaiDate::parse("2026-10-01")?, DubaiDate::parse("2026-10-31")?)),
        lines: vec![line("base", 7_654_421)?, line("discount", -100)?],
        amount: Personal::new(Fils::new(7_654_321)?),
        currency: Currency::Aed,
        amount_rule: AmountRule::Range {
            min: Fils::new(100)?,
            max: Fils::new(9_000_000)?,
        },
        revision: 3,
        paid: None,
    };
    let paid = Bill {
        key: BillKey {
            bill: BillId::parse("canary-bill-paid")?,
            ..open.key.clone()
        },
        kind: BillKind::Fine,
        status: BillStatus::PaidElsewhere,
        paid: Some(BillPaid {
            at: now()?,
            amount: Personal::new(Fils::new(7_654_321)?),
            channel: "counter".to_owned(),
        }),
        ..open.clone()
    };
    Ok(vec![open, paid])
}

pub fn directory() -> Done<Directory> {
    let name = Bilingual::parse("Canary Police (simulated)", "شرطة الكناري (محاكاة)")?;
    Ok(Directory {
        version: 5,
        issued_at: now()?,
        expires_at: now()?.plus_seconds(86_400),
        gateway_url: "https://gateway.example".to_owned(),
        agencies: vec![Agency {
            id: agency()?,
            name: name.clone(),
            short_name: name.clone(),
            simulated: true,
            base_url: "https://police.example".to_owned(),
            has_accounts: true,
            has_bills: true,
            takes_payments: true,
            bill_kinds: vec![BillKindEntry {
                code: "monthly".to_owned(),
                kind: BillKind::Utility,
                name: Bilingual::parse("Canary Kind", "نوع الكناري")?,
            }],
            account_kinds: vec![],
            consent_purposes: vec![],
        }],
    })
}

pub fn session() -> Done<StoredSession> {
    let secret = |text: &str| SecretText::new(text.to_owned());
    Ok(StoredSession {
        subject: SubjectId::parse("canary-subject")?,
        issuer: "https://id.example".to_owned(),
        access_token: secret("canary-access-token"),
        refresh_token: Some(secret("canary-refresh-token")),
        token_type: "DPoP".to_owned(),
        received_at: now()?,
        expires_at: now()?.plus_seconds(300),
        scope: Some("openid bills".to_owned()),
        nonce: Some(secret("canary-nonce")),
        generation: 2,
        acr: Some("high".to_owned()),
        id_token: Some(secret("canary-id-token")),
        name_en: Some(Personal::new("Canary Person".to_owned())),
        name_ar: Some(Personal::new("شخص الكناري".to_owned())),
    })
}

pub fn consent() -> Done<Consent> {
    Ok(Consent {
        id: ConsentId::parse("canary-consent")?,
        agency: agency()?,
        purposes: vec!["canary-purpose".to_owned()],
        granted_at: now()?,
        expires_at: now()?.plus_seconds(86_400),
        withdrawn_at: Some(now()?.plus_seconds(60)),
    })
}

pub fn incident() -> Done<Incident> {
    Ok(Incident {
        agency: Some(agency()?),
        kind: IncidentKind::AnotherPerson,
        at: now()?,
    })
}

/// A payment that has ended, and one that binds the open bill.
pub fn payments() -> Done<(Payment, Payment)> {
    let bills = bills()?;
    let item = |bill: &Bill, state| PaymentItem {
        bill: bill.key.clone(),
        amount: bill.amount,
        state,
        receipt: None,
        rejection: None,
    };
    let made = Payment {
        key: IdempotencyKey::parse("canary-idempotency-key")?,
        origin: Origin::ThisDevice {
            quote: QuoteId::parse("canary-quote")?,
            quote_expires_at: now()?.plus_seconds(600),
        },
        instrument: instrument()?.id,
        items: vec![item(&bills[0], ItemState::Pending)],
        total: bills[0].amount,
        state: PaymentState::Pending,
        hub_id: Some(HubPaymentId::parse("canary-hub")?),
        hub_revision: 1,
        sends: 1,
        look_ups: 2,
        look_up_at: Some(now()?.plus_seconds(4)),
        created_at: now()?,
        updated_at: now()?.plus_seconds(1),
        rejection: None,
    };
    let mut ended = Payment {
        key: IdempotencyKey::parse("canary-idempotency-key-ended")?,
        origin: Origin::Elsewhere,
        items: vec![
            item(&bills[1], ItemState::Settled),
            item(&bills[0], ItemState::Refunded),
        ],
        state: PaymentState::PartlySettled,
        look_up_at: None,
        created_at: now()?.plus_seconds(-60),
        ..made.clone()
    };
    ended.items[0].receipt = Some(Personal::new("canary.receipt.token".to_owned()));
    ended.items[1].rejection = Some(Rejection {
        code: "bill_changed".to_owned(),
        reason: Some(Bilingual::parse("Canary Reason", "سبب الكناري")?),
    });
    Ok((ended, made))
}

pub fn outcome() -> Done<Outcome> {
    Ok(Outcome {
        key: payments()?.0.key,
        state: PaymentState::PartlySettled,
        at: now()?,
    })
}

pub fn statement() -> Done<Statement> {
    Ok(Statement {
        kind: StatementKind::Answer,
        mandate: MandateId::parse("canary-mandate")?,
        number: 0,
        bill: Some(bills()?[0].key.clone()),
        text: Personal::new("canary.mandate.statement".to_owned()),
        at: now()?,
        own: true,
        sent: Sent::NotYet,
    })
}

pub fn decision() -> Done<KeptDecision> {
    Ok(KeptDecision {
        name: Personal::new("canary-decision once/1".to_owned()),
        mandate: Some(MandateId::parse("canary-mandate")?),
        bill: bills()?[0].key.clone(),
        outcome: mandate::Outcome::Hold,
        decided_at: now()?,
        text: Personal::new("{\"canary-decision\":1}".to_owned()),
    })
}

pub fn finding() -> Done<NewFinding> {
    Ok(NewFinding {
        code: "invented_skip".to_owned(),
        sentence: Bilingual::parse("Canary Finding", "ملاحظة الكناري")?,
        mandate: Some(MandateId::parse("canary-mandate")?),
        bill: bills()?[0].key.clone(),
        decided_at: Some(now()?),
        found_at: now()?.plus_seconds(5),
    })
}

pub fn bank_consent() -> Done<BankConsent> {
    Ok(BankConsent {
        mandate: MandateId::parse("canary-mandate")?,
        id: "canary-bank-consent".to_owned(),
        status: "authorized".to_owned(),
        covers_version: 1,
    })
}

pub fn device() -> Done<DeviceKey> {
    Ok(DeviceKey {
        thumbprint: "canary-thumbprint".to_owned(),
        since: now()?,
        until: None,
    })
}

/// Keeps something of mandates, which the ledger has room for since its second schema. The bills must be there.
pub fn fill_mandates(store: &Store) -> Done {
    let room = store.mandates();
    room.write_statements(&[statement()?])?;
    room.take_decisions(&[decision()?], "canary-decisions-cursor", Some(now()?))?;
    room.keep_findings(&[finding()?])?;
    room.set_bank_consents(&[bank_consent()?])?;
    room.set_devices(&[device()?])?;
    let asked = Asked {
        at: now()?,
        answered_at: now()?,
        whole: true,
    };
    room.see(&agency()?, &asked, &BTreeSet::new())?;
    Ok(())
}

/// Reads what [`fill_mandates`] kept.
pub fn check_mandates(store: &Store) -> Done {
    let room = store.mandates();
    assert_eq!(room.unsent_statements()?, [statement()?]);
    assert_eq!(room.decisions()?, [decision()?]);
    let reported = room.reported()?;
    assert_eq!(
        (reported.cursor.as_deref(), reported.as_of),
        (Some("canary-decisions-cursor"), Some(now()?))
    );
    let found = room.findings()?;
    assert_eq!((found.len(), &found[0].finding), (1, &finding()?));
    assert_eq!(room.bank_consents()?, [bank_consent()?]);
    assert_eq!(room.devices()?, [device()?]);
    let seen = room.seen()?;
    assert_eq!((seen.len(), &seen[0].key), (1, &bills()?[0].key));
    Ok(())
}

/// Keeps something in every room.
pub fn fill(store: &Store) -> Done {
    store.session().save(&session()?)?;
    store
        .session()
        .save_device_key(&Secret::new(b"canary-device-key".to_vec()))?;
    let payload = Secret::new(b"canary-flow-payload".to_vec());
    store.flows().put(
        FlowKind::SignIn,
        "canary-flow-state",
        &payload,
        now()?.plus_seconds(600),
    )?;
    store.directory().save(&StoredDirectory {
        version: 5,
        token: "canary.directory.token".to_owned(),
    })?;
    store.consents().save(&consent()?)?;
    store.incidents().record(&incident()?)?;
    refill(store)?;
    let event = EventName {
        source: "urn:example:canary".to_owned(),
        id: "canary-event".to_owned(),
    };
    store.events().done(&[event], "canary-cursor")?;
    let (ended, made) = payments()?;
    store.payments().save(&ended, Some(&outcome()?))?;
    store.payments().save(&made, None)?;
    fill_mandates(store)
}

/// Fills the cache as a refresh does.
pub fn refill(store: &Store) -> Done {
    store.bills().know_agencies(&directory()?)?;
    store.accounts().replace_for(&agency()?, &[account()?])?;
    store.instruments().replace(&[instrument()?])?;
    let mut pass = store.bills().begin_pass(&agency()?)?;
    store.bills().apply(&mut pass, &bills()?)?;
    let answer = Answer {
        at: now()?,
        etag: Some("canary-etag"),
        took_ms: 250,
    };
    store.bills().finish(pass, &answer)?;
    store.events().done(&[], "canary-cursor")?;
    Ok(())
}

/// Reads every room and compares it with what [`fill`] kept.
pub fn check(store: &Store) -> Done {
    assert_eq!(store.check_ledger()?, []);
    assert_eq!(store.session().load()?, Some(session()?));
    assert_eq!(store.session().owner()?, Some(session()?.subject));
    assert_eq!(
        store.session().device_key()?,
        Some(Secret::new(b"canary-device-key".to_vec()))
    );
    let kept = store
        .directory()
        .load()?
        .map(|directory| (directory.version, directory.token));
    assert_eq!(kept, Some((5, "canary.directory.token".to_owned())));
    assert_eq!(store.consents().list()?, [consent()?]);
    assert_eq!(store.incidents().newest(10)?, [incident()?]);
    assert_eq!(store.accounts().list()?, [account()?]);
    assert_eq!(store.instruments().list()?, [instrument()?]);
    for bill in bills()? {
        let kept = store.bills().get(&bill.key)?.ok_or("a bill is gone")?;
        assert_eq!(kept.bill, bill);
    }
    let freshness = store.freshness().get(&agency()?)?.ok_or("the freshness is gone")?;
    assert_eq!(
        (freshness.succeeded_at, freshness.etag.as_deref()),
        (Some(now()?), Some("canary-etag"))
    );
    assert_eq!(store.events().cursor()?.as_deref(), Some("canary-cursor"));
    let (ended, made) = payments()?;
    assert_eq!(store.payments().page(None, 10)?.payments, [made.clone(), ended.clone()]);
    assert_eq!(store.payments().unfinished()?, std::slice::from_ref(&made));
    assert_eq!(store.payments().open_bills()?.values().collect::<Vec<_>>(), [&made.key]);
    assert_eq!(
        store.payments().receipts(None, 10)?.receipts[0].token.reveal(),
        "canary.receipt.token"
    );
    assert_eq!(store.payments().pull_outcomes(10)?[0].outcome, outcome()?);
    Ok(())
}
