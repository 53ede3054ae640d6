package city.rabt.demo

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.FilterChip
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import city.rabt.InMemorySecretStore
import city.rabt.Language
import city.rabt.Rabt
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.swing.Swing
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.nio.file.Files

/** A person of the city to sign in as. */
class Somebody(
    /** Their name in the city's files. */
    val id: String,
    /** As a person reads it. */
    val name: String,
)

/** The desk of a developer beside the city: the phone's screens, who holds the phone, and a switch for the network. */
class Desk(private val city: City, private val rabt: Rabt, private val scope: CoroutineScope, val people: List<Somebody>) {
    /** Who goes through the pages that the app opens. */
    var holder: Somebody by mutableStateOf(people.first())

    /** Whether the network around the whole city is cut. */
    var cut: Boolean by mutableStateOf(false)
        private set

    /** What the phone shows. */
    val bills: Bills = Bills(rabt, ::visit, scope, Language.EN)

    private fun visit(url: String, errand: Errand) {
        scope.launch { bills.cameBack(Persona(city, holder.id).visit(url, errand)) }
    }

    /** Cuts the network, or mends it. */
    fun cutNetwork(cut: Boolean) {
        scope.launch {
            city.ask("PUT", "/v1/network", buildJsonObject { put("cut", JsonPrimitive(cut)) })
            this@Desk.cut = cut
        }
    }
}

/** Opens the app on a phone that nobody has used, whose files are gone with this process. */
suspend fun deskAt(city: City, scope: CoroutineScope): Desk {
    val folder = Files.createTempDirectory("rabt-demo-").toFile()
    Runtime.getRuntime().addShutdownHook(Thread { folder.deleteRecursively() })
    val people = city.ask("GET", "/v1/personas").jsonObject.getValue("personas").jsonArray.map { it.jsonObject }
        .filter { it.getValue("loaded").jsonPrimitive.content == "true" }
        .map { Somebody(it.getValue("persona_id").jsonPrimitive.content, it.getValue("name").jsonObject.getValue("en").jsonPrimitive.content) }
    val rabt = Rabt.open(configOf(city.introduction(), folder.resolve("data"), Language.EN), InMemorySecretStore())
    return Desk(city, rabt, scope, people)
}

/** The desk's own row, and the phone below it. */
@Composable
fun DeskScreen(desk: Desk) {
    Column {
        MaterialTheme {
            Surface(Modifier.fillMaxWidth()) {
                Row(Modifier.padding(horizontal = 12.dp)) {
                    for (somebody in desk.people) {
                        FilterChip(desk.holder == somebody, { desk.holder = somebody }, { Text(somebody.name) }, Modifier.padding(end = 8.dp))
                    }
                    FilterChip(desk.cut, { desk.cutNetwork(!desk.cut) }, { Text("Network cut") })
                }
            }
            HorizontalDivider()
        }
        CityApp(desk.bills)
    }
}

/** The window. The argument is the address of the city's control. */
fun main(arguments: Array<String>) {
    val scope = CoroutineScope(Dispatchers.Swing)
    val desk = runBlocking { deskAt(City(arguments.single()), scope) }
    application {
        Window(::exitApplication, rememberWindowState(size = DpSize(720.dp, 900.dp)), title = "Rabt beside the simulated city") {
            DeskScreen(desk)
        }
    }
}
