package city.rabt.behaviour

import city.rabt.InputProblem
import city.rabt.RabtException
import city.rabt.decideMandates
import com.fasterxml.jackson.databind.ObjectMapper
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.File

/** The engine of autopay decides in Kotlin as it does in Rust: by the same golden vectors. */
class MandatesTest {
    private val json = ObjectMapper()

    @Test
    fun `each golden vector is decided as it says`(): Unit = runBlocking {
        val files = File("../../../tests/vectors/mandates").listFiles { file -> file.extension == "json" }.orEmpty().sorted()
        assertEquals(VECTORS, files.size)
        for (file in files) {
            val vector = json.readTree(file)
            val decided = json.readTree(decideMandates(vector["given"].toString()))
            assertEquals(vector["expected"], decided, "${file.name}: ${vector["about"]}")
        }
    }

    @Test
    fun `what is no situation is named`(): Unit = runBlocking {
        val error = assertThrows<RabtException.InvalidInput> { decideMandates("{}") }
        assertEquals("situation" to InputProblem.MALFORMED, error.field to error.problem)
    }

    private companion object {
        const val VECTORS = 22
    }
}
