package city.rabt.demo

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import city.rabt.Bill
import city.rabt.Payment
import city.rabt.PaymentState
import city.rabt.Quote
import city.rabt.of
import java.text.NumberFormat
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.DecimalStyle
import java.time.format.FormatStyle
import java.util.Locale

/** Every open bill, the most urgent first. */
@Composable
internal fun OpenBills(bills: Bills, screen: Screen) {
    val words = LocalWords.current
    val agencies = screen.agencies.associate { it.id to it.shortName.of(words.locale) }
    val today = LocalDate.now(DUBAI)
    Column(Modifier.fillMaxSize()) {
        Row(Modifier.fillMaxWidth().padding(16.dp, 8.dp), Arrangement.SpaceBetween, Alignment.CenterVertically) {
            Text(
                "${words.open}: ${screen.total.format(words.locale)}",
                Modifier.testTag("total"),
                style = MaterialTheme.typography.titleMedium,
            )
            TextButton(bills::refresh, Modifier.testTag("refresh"), enabled = !screen.busy) { Text(words.refresh) }
        }
        val open = screen.bills ?: return
        if (open.isEmpty()) {
            Text(if (screen.busy) words.asking else words.nothingOpen, Modifier.padding(16.dp))
        }
        LazyColumn(Modifier.testTag("bills")) {
            // Without names for the rows: what arrives above the first one shall be seen, and not pushed out of sight.
            items(open) { bill ->
                BillRow(bill, agencies[bill.key.agencyId].orEmpty(), today) { bills.choose(bill) }
                HorizontalDivider()
            }
        }
    }
}

@Composable
private fun BillRow(bill: Bill, agency: String, today: LocalDate, choose: () -> Unit) {
    val words = LocalWords.current
    val late = bill.dueOn < today
    Row(
        Modifier.fillMaxWidth().clickable(onClick = choose).padding(16.dp, 12.dp).testTag("bill"),
        Arrangement.spacedBy(12.dp),
        Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f)) {
            Text(bill.title.of(words.locale), maxLines = 2, overflow = TextOverflow.Ellipsis)
            Text(agency, style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant)
            Text(
                "${if (late) words.overdue else words.due} ${dayIn(words.locale, bill.dueOn)}",
                style = MaterialTheme.typography.bodySmall,
                color = if (late) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurfaceVariant,
            )
        }
        Text(bill.amount.format(words.locale), fontWeight = FontWeight.Medium)
    }
}

/** One bill, what it costs now, from which account, and what became of paying it. */
@Composable
internal fun Paying(bills: Bills, screen: Screen, checkout: Checkout) {
    val words = LocalWords.current
    Column(Modifier.fillMaxSize().padding(24.dp), Arrangement.spacedBy(12.dp)) {
        Text(checkout.bill.title.of(words.locale), style = MaterialTheme.typography.titleLarge)
        for (line in checkout.bill.lines) {
            Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween) {
                Text(line.title.of(words.locale), Modifier.weight(1f))
                Text(line.amount.format(words.locale))
            }
        }
        val (quote, payment) = checkout.quote to checkout.payment
        when {
            payment != null -> Text(outcome(payment), Modifier.testTag("outcome"), style = MaterialTheme.typography.titleMedium)
            quote != null && quote.lines.none { it.payable } -> Text(words.notPayable, Modifier.testTag("outcome"))
            quote != null -> PayFrom(bills, screen, quote)
        }
        Spacer(Modifier.height(8.dp))
        OutlinedButton(bills::leave, Modifier.fillMaxWidth().testTag("back")) { Text(words.back) }
    }
}

@Composable
private fun PayFrom(bills: Bills, screen: Screen, quote: Quote) {
    val words = LocalWords.current
    val account = screen.account
    Text(quote.total.format(words.locale), Modifier.testTag("quote"), style = MaterialTheme.typography.headlineMedium)
    if (account == null) {
        Button(bills::linkAccount, Modifier.fillMaxWidth().testTag("link"), enabled = !screen.busy) { Text(words.linkAccount) }
    } else {
        // The digits of an account are read from left to right in both languages.
        Text("${words.from} ${account.name.of(words.locale)} \u2066${account.lastFour}\u2069")
        Button(bills::pay, Modifier.fillMaxWidth().testTag("pay"), enabled = !screen.busy) { Text(words.pay) }
    }
}

@Composable
private fun outcome(payment: Payment): String {
    val words = LocalWords.current
    return when (payment.state) {
        PaymentState.SETTLED -> "${words.paid}: ${payment.total.format(words.locale)}"
        PaymentState.REJECTED, PaymentState.REFUNDED -> payment.rejection?.reason?.of(words.locale) ?: words.notPaid
        else -> words.underWay
    }
}

/** A day as a person reads it, with the digits of the language. */
internal fun dayIn(locale: Locale, day: LocalDate): String = DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM)
    .withLocale(locale)
    .withDecimalStyle(DecimalStyle.of(locale))
    .format(day)

/** A count, likewise. */
internal fun numberIn(locale: Locale, count: Int): String = NumberFormat.getIntegerInstance(locale).format(count)

/** Where a bill is due. */
private val DUBAI: ZoneId = ZoneId.of("Asia/Dubai")
