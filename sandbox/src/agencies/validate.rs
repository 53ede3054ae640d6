//! Whether a fixture is one that the city can run and a client can read.

use super::{
    check::{self, Checked, ensure},
    fixture::{AgencyFixture, BillKindFixture, Fee, FeeAmount, FixtureError, Holding},
    issue,
    limits::{AMOUNT_FILS_MAX, FIELD_CHARS_MAX, FIXTURE_BILLS_MAX, LATENCY_MS_MAX, LINES_MAX},
    purpose,
};
use crate::personas::{self, PersonaAccount, PersonaBill};
use jiff::civil::Date;
use rabt_protocol::{
    agency::{BillKind, Holder},
    directory::{AccountKind, Capability, Charset},
};

/// What other parties are called where faults are switched on; an agency can't be.
const RESERVED: [&str; 4] = ["bank", "control", "gateway", "identity"];
/// A basis point is a hundredth of a per cent: no share is above the whole.
const BASIS_POINTS_MAX: u32 = 10_000;

impl AgencyFixture {
    /// Whether the fixture is sound in itself.
    ///
    /// # Errors
    /// Names the first member that is wrong.
    pub fn validate(&self) -> Result<(), FixtureError> {
        check::code("agency_id", &self.agency_id)?;
        ensure(
            !RESERVED.contains(&self.agency_id.as_str()),
            "agency_id",
            format!("{:?} is another party of the city", self.agency_id),
        )?;
        check::localized("name", &self.name)?;
        check::localized("short_name", &self.short_name)?;
        ensure(
            self.simulated,
            "simulated",
            "must be true: this city pretends to be nobody",
        )?;
        ensure(self.name.en.contains("(simulated)"), "name.en", "must say (simulated)")?;
        ensure(self.name.ar.contains("(محاكاة)"), "name.ar", "must say (محاكاة)")?;
        ensure(
            self.latency_ms <= LATENCY_MS_MAX,
            "latency_ms",
            format!("must be at most {LATENCY_MS_MAX}"),
        )?;
        self.validate_capabilities()?;
        self.validate_account_kinds()?;
        self.validate_fees()?;
        self.validate_bill_kinds()?;
        for (index, holding) in self.holdings.iter().enumerate() {
            self.validate_holding(holding)
                .map_err(|error| FixtureError::new(format!("holdings[{index}].{}", error.field), error.reason))?;
        }
        Ok(())
    }

    fn validate_capabilities(&self) -> Checked {
        let has = |wanted| self.capabilities.contains(&wanted);
        ensure(
            has(Capability::Accounts),
            "capabilities",
            "must name accounts: bills belong to them",
        )?;
        ensure(
            !has(Capability::Unknown),
            "capabilities",
            "names one that this city doesn't know",
        )?;
        ensure(
            has(Capability::Bills) || !has(Capability::Payments),
            "capabilities",
            "payments need bills",
        )?;
        check::unique("consent_purposes", self.consent_purposes.iter().map(String::as_str))?;
        for (index, name) in self.consent_purposes.iter().enumerate() {
            check::code(&format!("consent_purposes[{index}]"), name)?;
        }
        for (capability, name) in [
            (Capability::Accounts, purpose::ACCOUNTS),
            (Capability::Bills, purpose::BILLS),
        ] {
            ensure(
                !has(capability) || self.consent_purposes.iter().any(|purpose| purpose == name),
                "consent_purposes",
                format!("must name {name:?}, which the agency's capabilities need"),
            )?;
        }
        Ok(())
    }

    fn validate_account_kinds(&self) -> Checked {
        ensure(
            !self.account_kinds.is_empty(),
            "account_kinds",
            "is empty: bills belong to accounts",
        )?;
        check::unique(
            "account_kinds",
            self.account_kinds.iter().map(|kind| kind.code.as_str()),
        )?;
        for (index, kind) in self.account_kinds.iter().enumerate() {
            validate_account_kind(&format!("account_kinds[{index}]"), kind)?;
        }
        Ok(())
    }

    fn validate_fees(&self) -> Checked {
        check::unique("fees", self.fees.iter().map(|fee| fee.code.as_str()))?;
        for (index, fee) in self.fees.iter().enumerate() {
            self.validate_fee(&format!("fees[{index}]"), fee)?;
        }
        Ok(())
    }

    fn validate_fee(&self, field: &str, fee: &Fee) -> Checked {
        check::code(&format!("{field}.code"), &fee.code)?;
        check::localized(&format!("{field}.title"), &fee.title)?;
        ensure(
            !fee.source.name.trim().is_empty(),
            format!("{field}.source.name"),
            "is empty",
        )?;
        ensure(
            fee.source.as_of.parse::<Date>().is_ok(),
            format!("{field}.source.as_of"),
            "must be a day, YYYY-MM-DD",
        )?;
        let points = |basis_points: u32| {
            ensure(
                (1..=BASIS_POINTS_MAX).contains(&basis_points),
                format!("{field}.amount.basis_points"),
                format!("must be 1 to {BASIS_POINTS_MAX}"),
            )
        };
        match &fee.amount {
            FeeAmount::Stated => Ok(()),
            FeeAmount::Fixed { amount_fils } => ensure(
                *amount_fils != 0 && amount_fils.abs() <= AMOUNT_FILS_MAX,
                format!("{field}.amount.amount_fils"),
                format!("must not be 0 and be within {AMOUNT_FILS_MAX}"),
            ),
            FeeAmount::ShareOfFact {
                basis_points,
                fact,
                divisor,
            } => {
                points(*basis_points)?;
                ensure(check::is_identifier(fact), format!("{field}.amount.fact"), "is no name")?;
                ensure(*divisor > 0, format!("{field}.amount.divisor"), "must be above 0")
            }
            FeeAmount::ShareOfLines { basis_points, lines } => {
                points(*basis_points)?;
                for code in lines {
                    let base = self.fee(code);
                    ensure(
                        base.is_some_and(|base| !matches!(base.amount, FeeAmount::ShareOfLines { .. })),
                        format!("{field}.amount.lines"),
                        format!("{code:?} is not a fee, or is a share itself"),
                    )?;
                }
                ensure(!lines.is_empty(), format!("{field}.amount.lines"), "is empty")
            }
        }
    }

    fn validate_bill_kinds(&self) -> Checked {
        check::unique("bill_kinds", self.bill_kinds.iter().map(|kind| kind.code.as_str()))?;
        for (index, kind) in self.bill_kinds.iter().enumerate() {
            self.validate_bill_kind(&format!("bill_kinds[{index}]"), kind)?;
        }
        Ok(())
    }

    fn validate_bill_kind(&self, field: &str, kind: &BillKindFixture) -> Checked {
        check::code(&format!("{field}.code"), &kind.code)?;
        check::localized(&format!("{field}.name"), &kind.name)?;
        ensure(
            kind.kind != BillKind::Unknown,
            format!("{field}.kind"),
            "is none that this city knows",
        )?;
        ensure(
            self.account_kind(&kind.account_kind).is_some(),
            format!("{field}.account_kind"),
            format!("{:?} is none of the agency's", kind.account_kind),
        )?;
        check::identifier(&format!("{field}.reference_prefix"), &kind.reference_prefix)?;
        // Any amount within the rule would do: what is tried is whether rule and kind belong together.
        let tried = match kind.amount_rule {
            rabt_protocol::agency::AmountRule::Exact => 1,
            rabt_protocol::agency::AmountRule::Range { min_fils, .. } => min_fils,
        };
        issue::amount_fits(kind.kind, kind.amount_rule, tried)
            .map_err(|error| FixtureError::new(format!("{field}.{}", error.field), error.reason))?;
        self.validate_usual_lines(&format!("{field}.usual_lines"), kind)
    }

    /// With an amount alone, at most one line may be open to it, and then none may depend on that one.
    fn validate_usual_lines(&self, field: &str, kind: &BillKindFixture) -> Checked {
        ensure(
            (1..=LINES_MAX).contains(&kind.usual_lines.len()),
            field,
            format!("must be 1 to {LINES_MAX}"),
        )?;
        check::unique(field, kind.usual_lines.iter().map(String::as_str))?;
        let (mut stated, mut shares) = (0, 0);
        for code in &kind.usual_lines {
            match self.fee(code).map(|fee| &fee.amount) {
                None => {
                    return Err(FixtureError::new(
                        field,
                        format!("{code:?} is none of the agency's fees"),
                    ));
                }
                Some(FeeAmount::Stated) => stated += 1,
                Some(FeeAmount::ShareOfLines { .. }) => shares += 1,
                Some(FeeAmount::Fixed { .. } | FeeAmount::ShareOfFact { .. }) => {}
            }
        }
        ensure(stated <= 1, field, "has more than one line whose amount is stated")?;
        ensure(
            stated == 0 || shares == 0,
            field,
            "has a share of lines beside one whose amount is stated",
        )?;
        ensure(
            kind.kind != BillKind::TopUp || (stated == 1 && kind.usual_lines.len() == 1),
            field,
            "a top-up has one line, whose amount is stated",
        )
    }

    fn validate_holding(&self, holding: &Holding) -> Checked {
        if let Some(persona_id) = &holding.persona_id {
            check::code("persona_id", persona_id)?;
        }
        let bills = personas::all_bills(&holding.bills, &holding.series)?;
        self.validate_held(&holding.accounts, &bills)
    }

    /// Whether accounts and bills are such as this agency holds: those of other agencies are passed over.
    pub(crate) fn validate_held(&self, accounts: &[PersonaAccount], bills: &[PersonaBill]) -> Checked {
        let accounts: Vec<_> = accounts
            .iter()
            .filter(|held| held.agency_id == self.agency_id)
            .collect();
        check::unique("accounts", accounts.iter().map(|held| held.account.account_id.as_str()))?;
        for (index, held) in accounts.iter().enumerate() {
            self.validate_account(held)
                .map_err(|error| FixtureError::new(format!("accounts[{index}].{}", error.field), error.reason))?;
        }
        ensure(
            bills.len() <= FIXTURE_BILLS_MAX,
            "bills",
            format!("are more than {FIXTURE_BILLS_MAX}"),
        )?;
        for bill in bills.iter().filter(|bill| bill.agency_id == self.agency_id) {
            let at = |error: FixtureError| {
                FixtureError::new(format!("bills[{}].{}", bill.bill_id, error.field), error.reason)
            };
            let account = accounts.iter().find(|held| held.account.account_id == bill.account_id);
            let account = account.ok_or_else(|| {
                at(FixtureError::new(
                    "account_id",
                    format!("{:?} is not there", bill.account_id),
                ))
            })?;
            // Days are relative; any day shows whether they make sense.
            let made = issue::bill(self, &account.facts, bill, Date::constant(2026, 1, 1)).map_err(at)?;
            let kind = self.bill_kind(&made.kind_code).map(|kind| kind.account_kind.as_str());
            ensure(
                kind == Some(account.account.kind.as_str()),
                format!("bills[{}].account_id", bill.bill_id),
                format!("is of the kind {:?}, such bills are not", account.account.kind),
            )?;
        }
        Ok(())
    }

    fn validate_account(&self, held: &PersonaAccount) -> Checked {
        check::identifier("account.account_id", &held.account.account_id)?;
        check::localized("account.label", &held.account.label)?;
        ensure(held.account.holder == Holder::Own, "account.holder", "must be own")?;
        ensure(!held.account.number.trim().is_empty(), "account.number", "is empty")?;
        ensure(
            held.account
                .balance_fils
                .is_none_or(|fils| fils.abs() <= AMOUNT_FILS_MAX),
            "account.balance_fils",
            format!("must be within {AMOUNT_FILS_MAX}"),
        )?;
        for (name, fils) in &held.facts {
            ensure(
                (1..=AMOUNT_FILS_MAX).contains(fils),
                format!("facts.{name}"),
                format!("must be 1 to {AMOUNT_FILS_MAX}"),
            )?;
        }
        issue::form_fields(self, held).map(|_| ())
    }
}

fn validate_account_kind(field: &str, kind: &AccountKind) -> Checked {
    check::code(&format!("{field}.code"), &kind.code)?;
    check::localized(&format!("{field}.name"), &kind.name)?;
    check::unique(
        &format!("{field}.form"),
        kind.form.iter().map(|field| field.name.as_str()),
    )?;
    for (index, entry) in kind.form.iter().enumerate() {
        let field = format!("{field}.form[{index}]");
        check::identifier(&format!("{field}.name"), &entry.name)?;
        check::localized(&format!("{field}.label"), &entry.label)?;
        ensure(
            entry.charset != Charset::Unknown,
            format!("{field}.charset"),
            "is none that this city knows",
        )?;
        ensure(
            1 <= entry.chars_min && entry.chars_min <= entry.chars_max && entry.chars_max <= FIELD_CHARS_MAX,
            format!("{field}.chars_max"),
            format!("must be 1 <= chars_min <= chars_max <= {FIELD_CHARS_MAX}"),
        )?;
        if let Some(reason) = check::misfit(entry, &entry.example) {
            return Err(FixtureError::new(format!("{field}.example"), reason));
        }
    }
    Ok(())
}
