//! What a basket costs now.

use super::{GatewayClient, document, wired};
use crate::{LinkError, agency::refused_member, call, limits::SINGLE_BYTES_MAX, wire};
use http::Method;
use rabt_domain::{
    Basket, BasketItem, Currency, IncidentKind, Invalid, InvalidReason, Quote, QuoteId, QuoteLine, QuoteOutcome,
    Timestamp,
};
use rabt_protocol::hub;

impl GatewayClient {
    /// Has the amounts of a basket fetched again from their agencies. An agency that doesn't answer is a line of the quote and not
    /// an error.
    ///
    /// A quote moves nothing, so one that was lost is asked for again. `now` is the device's clock, by which it says until when it holds.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] with `quote_mismatch` for a quote of something else than the basket.
    pub async fn quote(&self, basket: &Basket, now: Timestamp) -> Result<Quote, LinkError> {
        let items = basket.items().iter().map(asked).collect();
        let mut call = self
            .change("gateway.quote", Method::POST, &["v1", "quotes"])
            .with_json(&hub::QuoteRequest { items })?;
        call.changes = false;
        call.body_bytes_max = SINGLE_BYTES_MAX;
        let response = self.caller.call(&call).await?;
        let quote: hub::Quote = document(&response)?;
        self.check_subject(&quote.subject)?;
        let mut quote = read(quote, basket).map_err(refused_member)?;
        quote.expires_at = wire::by_our_clock(quote.expires_at, &response.headers, now);
        quote
            .checked_for(basket)
            .map_err(|invalid| LinkError::distrusted(IncidentKind::QuoteMismatch, invalid))
    }
}

fn asked(item: &BasketItem) -> hub::QuoteItem {
    hub::QuoteItem {
        agency_id: item.bill.agency.as_str().to_owned(),
        bill_id: item.bill.bill.as_str().to_owned(),
        amount_fils: item.amount.reveal().get(),
    }
}

fn read(quote: hub::Quote, basket: &Basket) -> Result<Quote, Invalid> {
    Currency::parse(&quote.currency)?;
    if let Some(acr) = &quote.required_acr
        && !call::can_be_asked_for(acr)
    {
        return Err(Invalid::new("required_acr", InvalidReason::Malformed));
    }
    // What was asked isn't in the answer: it is the basket's, line by line. A quote with more or fewer lines is refused afterwards.
    let asked = basket.items().iter().map(Some).chain(std::iter::repeat(None));
    let lines = quote
        .lines
        .into_iter()
        .zip(asked)
        .enumerate()
        .map(|(index, (line, item))| {
            let within = |invalid: Invalid| invalid.within(format_args!("lines[{index}]"));
            self::line(line, item).map_err(within)
        })
        .collect::<Result<_, _>>()?;
    Ok(Quote {
        id: QuoteId::parse(quote.quote_id)?,
        lines,
        total: wire::amount(quote.total_fils, "total_fils")?,
        required_acr: quote.required_acr,
        expires_at: wire::instant(&quote.expires_at, "expires_at")?,
    })
}

fn line(line: hub::QuoteLine, asked: Option<&BasketItem>) -> Result<QuoteLine, Invalid> {
    let amount = wire::amount(line.amount_fils, "amount_fils")?;
    Ok(QuoteLine {
        bill: wired::bill_key(line.agency_id, line.bill_id)?,
        outcome: outcome(line.outcome),
        amount,
        asked: asked.map_or(amount, |item| item.amount),
        revision: line.revision,
    })
}

fn outcome(outcome: hub::QuoteOutcome) -> QuoteOutcome {
    match outcome {
        hub::QuoteOutcome::Payable => QuoteOutcome::Payable,
        hub::QuoteOutcome::Changed => QuoteOutcome::Changed,
        hub::QuoteOutcome::AlreadyPaid => QuoteOutcome::AlreadyPaid,
        hub::QuoteOutcome::BeingPaid => QuoteOutcome::BeingPaid,
        hub::QuoteOutcome::Withdrawn => QuoteOutcome::Withdrawn,
        hub::QuoteOutcome::NotFound => QuoteOutcome::NotFound,
        hub::QuoteOutcome::AmountRefused => QuoteOutcome::AmountRefused,
        hub::QuoteOutcome::AgencyUnavailable => QuoteOutcome::AgencyUnavailable,
        hub::QuoteOutcome::Unknown => QuoteOutcome::Unknown,
    }
}
