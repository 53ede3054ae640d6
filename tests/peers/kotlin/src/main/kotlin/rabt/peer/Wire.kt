/** What agencies answer, as kotlinx.serialization reads it. */
package rabt.peer

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

@Serializable
data class Localized(val en: String, val ar: String)

@Serializable
data class Accounts(
    @SerialName("agency_id") val agencyId: String,
    val subject: String,
    val accounts: List<Account>,
)

@Serializable
data class Account(
    @SerialName("account_id") val accountId: String,
    val kind: String,
    val number: String,
    val label: Localized,
    val holder: String,
    @SerialName("balance_fils") val balanceFils: Long? = null,
)

@Serializable
data class BillPage(
    @SerialName("agency_id") val agencyId: String,
    val subject: String,
    @SerialName("as_of") val asOf: String,
    val bills: List<Bill>,
    @SerialName("next_cursor") val nextCursor: String? = null,
)

@Serializable
data class Bill(
    @SerialName("bill_id") val billId: String,
    @SerialName("agency_id") val agencyId: String,
    @SerialName("account_id") val accountId: String,
    val kind: String,
    @SerialName("kind_code") val kindCode: String,
    val title: Localized,
    val reference: String,
    val status: String,
    @SerialName("issued_on") val issuedOn: String,
    @SerialName("due_on") val dueOn: String,
    val period: Period? = null,
    val lines: List<BillLine>,
    @SerialName("amount_fils") val amountFils: Long,
    val currency: String,
    @SerialName("amount_rule") val amountRule: AmountRule,
    val revision: Int,
    val paid: BillPaid? = null,
)

@Serializable
data class Period(val from: String, val to: String)

@Serializable
data class BillLine(
    val code: String,
    val title: Localized,
    @SerialName("amount_fils") val amountFils: Long,
    val source: FeeSource? = null,
)

@Serializable
data class FeeSource(val name: String, @SerialName("as_of") val asOf: String)

@Serializable
data class AmountRule(
    val rule: String,
    @SerialName("min_fils") val minFils: Long? = null,
    @SerialName("max_fils") val maxFils: Long? = null,
)

@Serializable
data class BillPaid(
    @SerialName("paid_at") val paidAt: String,
    @SerialName("amount_fils") val amountFils: Long,
    val channel: String,
    @SerialName("payment_id") val paymentId: String? = null,
)
