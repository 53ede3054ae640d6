package city.rabt.demo

import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.v2.runComposeUiTest
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.swing.Swing
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import javax.imageio.ImageIO

/** The screens over the real core, beside a real city: sockets, files and all, but for the window's frame. */
@OptIn(ExperimentalTestApi::class)
class OnDesktopTest {
    @Test
    fun `a person signs in, reads every bill in two languages, pays one, and reads on without a network`() {
        val scope = CoroutineScope(Dispatchers.Swing + Job())
        CityProcess().use { process ->
            val desk = runBlocking { deskAt(process.city, scope) }
            runComposeUiTest {
                setContent { DeskScreen(desk) }
                val walk = Walk(this) { what, isSo -> waitUntil(what, PATIENCE_MS) { isSo() } }
                walk.taps("sign-in")
                walk.taps("agree")
                walk.sees("bill")
                walk.reads("Salma Burjanoor")
                walk.noLongerSees("silent")
                picture("desktop-en")

                walk.taps("language")
                walk.reads("سلمى برجنور")
                walk.reads("total", "المستحق")
                picture("desktop-ar")
                walk.taps("language")

                walk.choosesBill(BILL)
                walk.taps("link")
                walk.taps("pay")
                walk.reads("outcome", "Paid: AED")
                walk.taps("back")
                val books = runBlocking { process.books() }
                assertTrue(books.getValue("balanced").jsonPrimitive.content.toBoolean(), "$books")

                runBlocking { process.cutNetwork(true) }
                walk.taps("refresh")
                walk.reads("offline", "You are offline")
                walk.sees("bill")
                picture("desktop-offline")
                runBlocking { process.cutNetwork(false) }
                walk.taps("refresh")
                walk.noLongerSees("offline")
            }
        }
        scope.cancel()
    }

    private fun ComposeUiTest.picture(name: String) {
        val folder = System.getProperty("rabt.pictures")?.let(::File) ?: return
        folder.mkdirs()
        ImageIO.write(onRoot().captureToImage().toAwtImage(), "png", folder.resolve("$name.png"))
    }

    private companion object {
        /** One of this person's bills. */
        const val BILL = "Public cleanliness fine"

        /** Far beyond what any of it takes. */
        const val PATIENCE_MS = 120_000L
    }
}
