package city.rabt.scenarios

import io.cucumber.core.cli.Main
import io.cucumber.plugin.event.Status
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** Runs the scenarios of `tests/scenarios` against the Kotlin library, each in a fresh city. */
class ScenariosTest {
    private val features = File("../../../tests/scenarios")

    /** Runs the features of a folder, and says what became of each scenario. */
    private fun run(folder: File, plugin: Class<*>): Map<String, Status> {
        val files = checkNotNull(folder.listFiles { file -> file.extension == "feature" }) { "$folder isn't there" }
        val arguments = listOf("--glue", javaClass.packageName, "--plugin", plugin.name, "--no-summary")
        ended.clear()
        Main.run(*(arguments + files.map { it.path }.sorted()).toTypedArray())
        return ended.toMap()
    }

    @Test
    fun `a runner that can be believed fails what is wrong`() {
        val wrong = run(features.resolve("wrong"), Quiet::class.java)
        assertTrue(wrong.isNotEmpty())
        assertEquals(emptySet<String>(), wrong.filterValues { it == Status.PASSED }.keys)
    }

    @Test
    fun `every scenario holds`() {
        val told = run(features, Report::class.java)
        assertTrue(told.isNotEmpty())
        assertEquals(emptyMap<String, Status>(), told.filterValues { it != Status.PASSED })
    }
}
