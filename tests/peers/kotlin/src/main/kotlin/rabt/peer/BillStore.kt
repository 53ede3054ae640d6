package rabt.peer

import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager
import java.sql.ResultSet
import kotlinx.serialization.encodeToString
import kotlinx.serialization.json.Json

/** Bills in SQLite, as they came: readable to whoever has the file. Set up as Android's Room does it: a write-ahead log, synced at checkpoints. */
class BillStore(file: Path) : AutoCloseable {
    private val connection: Connection = DriverManager.getConnection("jdbc:sqlite:$file")

    init {
        connection.createStatement().use { statement ->
            statement.execute("PRAGMA journal_mode = WAL")
            statement.execute("PRAGMA synchronous = NORMAL")
            statement.execute(
                """
                CREATE TABLE IF NOT EXISTS account (
                    agency_id TEXT NOT NULL, account_id TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
                    label_en TEXT NOT NULL, label_ar TEXT NOT NULL, holder TEXT NOT NULL, balance_fils INTEGER,
                    PRIMARY KEY (agency_id, account_id)
                ) WITHOUT ROWID
                """,
            )
            statement.execute(
                """
                CREATE TABLE IF NOT EXISTS bill (
                    agency_id TEXT NOT NULL, bill_id TEXT NOT NULL, account_id TEXT NOT NULL, kind TEXT NOT NULL,
                    kind_code TEXT NOT NULL, title_en TEXT NOT NULL, title_ar TEXT NOT NULL, reference TEXT NOT NULL,
                    status TEXT NOT NULL, issued_on TEXT NOT NULL, due_on TEXT NOT NULL, period_from TEXT, period_to TEXT,
                    lines TEXT NOT NULL, amount_fils INTEGER NOT NULL, currency TEXT NOT NULL, amount_rule TEXT NOT NULL,
                    revision INTEGER NOT NULL, paid TEXT, seen INTEGER NOT NULL,
                    PRIMARY KEY (agency_id, bill_id)
                )
                """,
            )
            statement.execute("CREATE INDEX IF NOT EXISTS bill_by_due ON bill (status, due_on)")
        }
        connection.autoCommit = false
    }

    private val putAccount = connection.prepareStatement("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    private val putBill =
        connection.prepareStatement(
            """
            INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (agency_id, bill_id) DO UPDATE SET
                account_id = excluded.account_id, kind = excluded.kind, kind_code = excluded.kind_code,
                title_en = excluded.title_en, title_ar = excluded.title_ar, reference = excluded.reference,
                status = excluded.status, issued_on = excluded.issued_on, due_on = excluded.due_on,
                period_from = excluded.period_from, period_to = excluded.period_to, lines = excluded.lines,
                amount_fils = excluded.amount_fils, currency = excluded.currency, amount_rule = excluded.amount_rule,
                revision = excluded.revision, paid = excluded.paid, seen = excluded.seen
            """,
        )
    private val dropUnseen = connection.prepareStatement("DELETE FROM bill WHERE agency_id = ? AND seen <> ?")

    /** Keeps all that an agency answered, in one transaction; bills that it no longer names go. */
    @Synchronized
    fun replace(
        accounts: Accounts,
        bills: List<Bill>,
        pass: Long,
    ) {
        for (account in accounts.accounts) {
            with(putAccount) {
                setString(1, accounts.agencyId)
                setString(2, account.accountId)
                setString(3, account.kind)
                setString(4, account.number)
                setString(5, account.label.en)
                setString(6, account.label.ar)
                setString(7, account.holder)
                setObject(8, account.balanceFils)
                addBatch()
            }
        }
        putAccount.executeBatch()
        for (bill in bills) {
            with(putBill) {
                setString(1, bill.agencyId)
                setString(2, bill.billId)
                setString(3, bill.accountId)
                setString(4, bill.kind)
                setString(5, bill.kindCode)
                setString(6, bill.title.en)
                setString(7, bill.title.ar)
                setString(8, bill.reference)
                setString(9, bill.status)
                setString(10, bill.issuedOn)
                setString(11, bill.dueOn)
                setString(12, bill.period?.from)
                setString(13, bill.period?.to)
                setString(14, Json.encodeToString(bill.lines))
                setLong(15, bill.amountFils)
                setString(16, bill.currency)
                setString(17, Json.encodeToString(bill.amountRule))
                setInt(18, bill.revision)
                setString(19, bill.paid?.let { Json.encodeToString(it) })
                setLong(20, pass)
                addBatch()
            }
        }
        putBill.executeBatch()
        dropUnseen.setString(1, accounts.agencyId)
        dropUnseen.setLong(2, pass)
        dropUnseen.executeUpdate()
        connection.commit()
    }

    /** How many there are of a pass. */
    @Synchronized
    fun count(pass: Long): Long =
        connection.prepareStatement("SELECT count(*) FROM bill WHERE seen = ?").use { statement ->
            statement.setLong(1, pass)
            statement.executeQuery().use { rows ->
                rows.next()
                rows.getLong(1)
            }
        }

    override fun close() = connection.close()
}

/** The first open bills by due day, from a file that is there already, as they are shown. */
fun firstPage(file: Path, size: Int): List<Bill> =
    DriverManager.getConnection("jdbc:sqlite:$file").use { connection ->
        connection.prepareStatement("SELECT * FROM bill WHERE status = 'open' ORDER BY due_on LIMIT ?").use { statement ->
            statement.setInt(1, size)
            statement.executeQuery().use { rows -> generateSequence { if (rows.next()) bill(rows) else null }.toList() }
        }
    }

private fun bill(row: ResultSet) = Bill(
    billId = row.getString("bill_id"),
    agencyId = row.getString("agency_id"),
    accountId = row.getString("account_id"),
    kind = row.getString("kind"),
    kindCode = row.getString("kind_code"),
    title = Localized(row.getString("title_en"), row.getString("title_ar")),
    reference = row.getString("reference"),
    status = row.getString("status"),
    issuedOn = row.getString("issued_on"),
    dueOn = row.getString("due_on"),
    period = row.getString("period_from")?.let { Period(it, row.getString("period_to")) },
    lines = Json.decodeFromString(row.getString("lines")),
    amountFils = row.getLong("amount_fils"),
    currency = row.getString("currency"),
    amountRule = Json.decodeFromString(row.getString("amount_rule")),
    revision = row.getInt("revision"),
    paid = row.getString("paid")?.let { Json.decodeFromString(it) },
)
