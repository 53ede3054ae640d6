package city.rabt.demo

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A city for one test: a process of its own, which ends with it. */
class CityProcess : AutoCloseable {
    private val process: Process

    /** The address of its control. */
    val control: String

    /** Its control. */
    val city: City

    init {
        val program = System.getenv("RABT_SANDBOX") ?: error("RABT_SANDBOX doesn't say where the city's program is")
        val command = listOf(program, "--as-child", "--latency-scale", "0", "--persona", PERSONA)
        process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val said = process.inputStream.bufferedReader().readLine() ?: error("the city ended without a word")
        control = Json.parseToJsonElement(said).jsonObject.getValue("control").jsonPrimitive.content
        city = City(control)
    }

    /** Cuts the network around the whole city, or mends it. */
    suspend fun cutNetwork(cut: Boolean) {
        city.ask("PUT", "/v1/network", JsonObject(mapOf("cut" to JsonPrimitive(cut))))
    }

    /** The sum that left persons and reached nobody; zero if the books balance. */
    suspend fun books(): JsonObject = city.ask("GET", "/v1/books").jsonObject

    override fun close() {
        process.outputStream.close()
        process.waitFor()
    }

    companion object {
        /** Whose bills the tests read: a fictional person of the city. */
        const val PERSONA: String = "tenant-family"
    }
}
