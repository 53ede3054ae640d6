package rabt.peer

import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.okio.decodeFromBufferedSource
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.OkHttpClient
import okhttp3.Request

/** The most bills of a page, from the protocol. */
private const val PAGE_BILLS_MAX = "500"

/** Asks all agencies at once, and keeps what each answers as soon as it has answered. */
class Refresh(
    private val client: OkHttpClient,
    private val accessToken: String,
    private val store: BillStore,
) {
    private val json = Json { ignoreUnknownKeys = true }

    suspend fun all(
        agencies: List<String>,
        pass: Long,
    ): Unit =
        coroutineScope {
            agencies.map { agency -> async(Dispatchers.IO) { one(agency, pass) } }.awaitAll()
        }

    private suspend fun one(
        agency: String,
        pass: Long,
    ) = coroutineScope {
        val accounts = async { get("$agency/v1/accounts", Accounts.serializer()) }
        val bills = mutableListOf<Bill>()
        var cursor: String? = null
        do {
            val url =
                "$agency/v1/bills".toHttpUrl().newBuilder().addQueryParameter("limit", PAGE_BILLS_MAX).apply {
                    cursor?.let { addQueryParameter("cursor", it) }
                }
            val page = get(url.build().toString(), BillPage.serializer())
            bills += page.bills
            cursor = page.nextCursor
        } while (cursor != null)
        store.replace(accounts.await(), bills, pass)
    }

    @OptIn(ExperimentalSerializationApi::class)
    private fun <T> get(
        url: String,
        form: DeserializationStrategy<T>,
    ): T {
        val request = Request.Builder().url(url).header("Authorization", "Bearer $accessToken").build()
        return client.newCall(request).execute().use { response ->
            if (!response.isSuccessful) throw IOException("$url answered ${response.code}")
            json.decodeFromBufferedSource(form, response.body.source())
        }
    }
}
