package city.rabt.scenarios

import com.fasterxml.jackson.databind.ObjectMapper
import io.cucumber.plugin.ConcurrentEventListener
import io.cucumber.plugin.event.EventPublisher
import io.cucumber.plugin.event.Status
import io.cucumber.plugin.event.TestCaseFinished
import io.cucumber.plugin.event.TestSourceParsed
import java.io.File
import java.net.URI
import java.util.concurrent.ConcurrentHashMap

/** What became of the scenarios of this run: Cucumber makes its plugins itself and gives none of them back. */
internal val ended = ConcurrentHashMap<String, Status>()

/** Keeps what became of each scenario. */
open class Quiet : ConcurrentEventListener {
    private val features = ConcurrentHashMap<URI, String>()

    override fun setEventPublisher(publisher: EventPublisher) {
        publisher.registerHandlerFor(TestSourceParsed::class.java) { parsed ->
            features[parsed.uri] = parsed.nodes.first().name.orElseThrow()
        }
        publisher.registerHandlerFor(TestCaseFinished::class.java) { event ->
            val name = "${features[event.testCase.uri]}: ${event.testCase.name}"
            ended[name] = event.result.status
            tell(name, event)
        }
    }

    /** A scenario has ended. */
    protected open fun tell(name: String, event: TestCaseFinished): Unit = Unit
}

/** Also writes a line for each to the file that `RABT_SCENARIOS_REPORT` names. */
class Report : Quiet() {
    private val file = System.getenv("RABT_SCENARIOS_REPORT")?.let(::File)

    override fun tell(name: String, event: TestCaseFinished) {
        val passed = event.result.status == Status.PASSED
        val line = buildMap {
            put("scenario", name)
            put("language", "kotlin")
            put("passed", passed)
            put("seconds", event.result.duration.toMillis() / 1000.0)
            if (!passed) put("error", event.result.error?.toString() ?: event.result.status.name.lowercase())
        }
        file?.appendText(ObjectMapper().writeValueAsString(line) + "\n")
    }
}
