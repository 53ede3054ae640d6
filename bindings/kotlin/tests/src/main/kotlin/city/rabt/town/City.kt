package city.rabt.town

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.Duration
import java.time.Instant

/** A city for a test: a process of its own, moved by nothing but what control offers over HTTP. */
class City : AutoCloseable {
    private val process: Process
    private val client: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

    /** Where everybody is. */
    val introduction: JsonNode

    init {
        val program = System.getenv("RABT_SANDBOX") ?: error("RABT_SANDBOX doesn't say where the city's program is")
        val personas = listOf("tenant-family", "trader", "new-resident", "nobody").flatMap { listOf("--persona", it) }
        val command = listOf(program, "--as-child", "--latency-scale", "0", "--at", STARTS_AT) + personas
        process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val line = process.inputStream.bufferedReader().readLine() ?: error("the city ended without a word")
        introduction = json.readTree(line)
    }

    private fun ask(method: String, path: String, body: Any?): JsonNode {
        val publisher = body?.let { HttpRequest.BodyPublishers.ofString(json.writeValueAsString(it)) }
        val request = HttpRequest.newBuilder(URI(introduction["control"].asText() + path))
            .header("content-type", "application/json")
            .method(method, publisher ?: HttpRequest.BodyPublishers.noBody())
            .build()
        val answer = client.send(request, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() in 200..299) { "$method $path: ${answer.statusCode()} ${answer.body()}" }
        return if (answer.body().isEmpty()) json.nullNode() else json.readTree(answer.body())
    }

    fun get(path: String): JsonNode = ask("GET", path, null)

    fun post(path: String, body: Any = emptyMap<String, Any>()): JsonNode = ask("POST", path, body)

    fun put(path: String, body: Any): JsonNode = ask("PUT", path, body)

    fun patch(path: String, body: Any): JsonNode = ask("PATCH", path, body)

    fun delete(path: String): JsonNode = ask("DELETE", path, null)

    /** How far the city is ahead of the machine. */
    fun ahead(): Duration = Duration.ofMillis(get("/v1/clock")["ahead_ms"].asLong())

    /** Has a persona go through a page; returns the address that it led to. */
    fun visit(url: String, persona: String, intent: String): String =
        post("/v1/personas/$persona/visit", mapOf("url" to url, "intent" to intent))["led_to"].asText()

    /** Switches a fault on; returns its number. */
    fun fault(party: String, kind: Map<String, Any>, where: Map<String, Any> = emptyMap()): Long =
        post("/v1/faults", mapOf("party" to party, "kind" to kind) + where)["fault_id"].asLong()

    /** Waits until a fault that happens once has happened. */
    fun untilHappened(fault: Long) {
        until("the fault has happened", "/v1/faults") { faults ->
            faults["faults"].none { it["fault_id"].asLong() == fault }
        }
    }

    /** The books once the hub has nothing left to do. */
    fun booksAtRest(): JsonNode = until("the hub comes to rest", "/v1/books") { it["in_flight_fils"].asLong() == 0L }

    private fun until(what: String, path: String, isSo: (JsonNode) -> Boolean): JsonNode {
        val ends = Instant.now() + AT_REST_WITHIN
        while (true) {
            val answer = get(path)
            if (isSo(answer)) return answer
            check(Instant.now() < ends) { "waited too long until $what" }
            Thread.sleep(LOOK_EVERY_MS)
        }
    }

    /** The city ends when its standard input does. */
    override fun close() {
        process.outputStream.close()
        process.waitFor()
    }

    companion object {
        private val json = ObjectMapper()

        /** The city's instant at the beginning, so that a bill's day can be written down. */
        const val STARTS_AT: String = "2026-03-01T08:00:00Z"

        /** What the hub can still finish, it finishes long before this. */
        private val AT_REST_WITHIN = Duration.ofSeconds(20)

        /** The city has no event for what control is asked again and again. */
        private const val LOOK_EVERY_MS = 10L
    }
}
