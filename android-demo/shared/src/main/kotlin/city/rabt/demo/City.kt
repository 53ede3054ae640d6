package city.rabt.demo

import city.rabt.Config
import city.rabt.Language
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL

/** The control of the simulated city, at its address on this machine. A city app that is shipped has its configuration built in instead. */
class City(private val control: String) {
    /** Where everybody of the city is; the core asks for no more than this to be built for it. */
    suspend fun introduction(): JsonObject = ask("GET", "/v1/city").jsonObject

    /** As [introduction]; without a network, as the city said it when it was last asked. */
    suspend fun introduction(kept: File): JsonObject {
        val said = try {
            introduction()
        } catch (error: IOException) {
            if (!kept.isFile) throw error
            return Json.parseToJsonElement(kept.readText()).jsonObject
        }
        kept.parentFile?.mkdirs()
        kept.writeText(said.toString())
        return said
    }

    /** Asks control for something. */
    suspend fun ask(method: String, path: String, body: JsonElement? = null): JsonElement = withContext(Dispatchers.IO) {
        val connection = URL(control.trimEnd('/') + path).openConnection() as HttpURLConnection
        try {
            connection.requestMethod = method
            connection.connectTimeout = TIMEOUT_MS
            connection.readTimeout = TIMEOUT_MS
            if (body != null || method == "POST") {
                connection.setRequestProperty("content-type", "application/json")
                connection.doOutput = true
                connection.outputStream.use { it.write((body ?: JsonObject(emptyMap())).toString().toByteArray()) }
            }
            val status = connection.responseCode
            val answer = (if (status < 400) connection.inputStream else connection.errorStream)?.use { it.readBytes() }
            val text = answer?.decodeToString().orEmpty()
            if (status >= 400) throw IOException("$method $path: $status $text")
            if (text.isEmpty()) JsonObject(emptyMap()) else Json.parseToJsonElement(text)
        } finally {
            connection.disconnect()
        }
    }

    private companion object {
        /** It is on this machine or at the other end of a cable. */
        const val TIMEOUT_MS = 10_000
    }
}

/** What the core is built with for the city that introduced itself so. */
fun configOf(said: JsonObject, data: File, language: Language): Config {
    fun text(name: String) = said.getValue(name).jsonPrimitive.content
    val keys = JsonObject(mapOf("keys" to JsonArray(listOf(said.getValue("directory_key")))))
    return Config(
        dataDir = data.path,
        gatewayUrl = text("gateway"),
        issuer = text("identity"),
        clientId = text("client_id"),
        redirectUri = text("redirect_uri"),
        instrumentReturnUri = LINKED,
        directoryKeysJson = keys.toString(),
        extraRootsPem = listOf(text("ca_pem")),
        language = language,
    )
}

/** Where a bank's page sends the browser back to. */
const val LINKED: String = "rabt-demo:/linked"

/** A person of the simulated city, who is fictional, in front of the city's own browser. */
class Persona(private val city: City, private val id: String) {
    /** Has the person go through a page and agree to what it asks; returns the address that it led back to. */
    suspend fun visit(url: String, errand: Errand): String {
        val intent = if (errand == Errand.STEP_UP) "approve_with_second_factor" else "approve"
        val body = JsonObject(mapOf("url" to JsonPrimitive(url), "intent" to JsonPrimitive(intent)))
        return city.ask("POST", "/v1/personas/$id/visit", body).jsonObject.getValue("led_to").jsonPrimitive.content
    }
}
