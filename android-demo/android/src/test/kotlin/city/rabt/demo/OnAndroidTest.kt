package city.rabt.demo

import android.app.Instrumentation
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.net.Uri
import android.view.View
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.test.core.app.ActivityScenario
import androidx.test.core.app.ApplicationProvider
import androidx.test.platform.app.InstrumentationRegistry
import androidx.work.ListenableWorker
import androidx.work.testing.TestListenableWorkerBuilder
import androidx.work.testing.WorkManagerTestInitHelper
import city.rabt.keystore.FakeKeystore
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonPrimitive
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** The app on Android's own framework, over the real core, beside a real city: its sockets, its files, the addresses of its pages. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [35], qualifiers = "w411dp-h891dp-xhdpi")
class OnAndroidTest {
    @get:Rule
    val compose = createEmptyComposeRule()

    private val process = CityProcess()
    private val persona = Persona(process.city, CityProcess.PERSONA)
    private val app: DemoApplication = ApplicationProvider.getApplicationContext()
    private val walk = Walk(compose) { what, isSo -> compose.waitUntil(what, PATIENCE_MS) { isSo() } }
    private lateinit var activity: ActivityScenario<MainActivity>

    @Before
    fun begin() {
        FakeKeystore.install()
        WorkManagerTestInitHelper.initializeTestWorkManager(app)
        activity = ActivityScenario.launch(Intent(app, MainActivity::class.java).putExtra(MainActivity.CITY, process.control))
    }

    @After
    fun end() {
        activity.close()
        (app.opening.value as? Opening.Open)?.rabt?.close()
        process.close()
    }

    @Test
    fun `a person signs in, reads every bill, pays one, and reads on without a network`() {
        signIn()
        walk.reads("Salma Burjanoor")
        walk.noLongerSees("silent")
        picture("android-en")
        activity.recreate()
        walk.sees("bill")

        walk.choosesBill(BILL)
        walk.taps("link")
        throughTheBrowser(Errand.LINK)
        walk.taps("pay")
        walk.reads("outcome", "Paid: AED")
        picture("android-paid")
        walk.taps("back")
        val books = runBlocking { process.books() }
        assertTrue("$books", books.getValue("balanced").jsonPrimitive.content.toBoolean())

        runBlocking { process.cutNetwork(true) }
        walk.taps("refresh")
        walk.reads("offline", "You are offline")
        walk.sees("bill")
        picture("android-offline")
        runBlocking { process.cutNetwork(false) }
        walk.taps("refresh")
        walk.noLongerSees("offline")
    }

    @Test
    @Config(qualifiers = "+ar-ldrtl")
    fun `the same in Arabic, from right to left`() {
        walk.reads("sign-in", "تسجيل الدخول")
        signIn()
        walk.reads("سلمى برجنور")
        walk.reads("total", "المستحق")
        walk.noLongerSees("silent")
        activity.onActivity { assertEquals(View.LAYOUT_DIRECTION_RTL, it.resources.configuration.layoutDirection) }
        picture("android-ar")
    }

    @Test
    fun `background work finishes while nobody is signed in, and after`() {
        fun work() = runBlocking { TestListenableWorkerBuilder<SyncWorker>(app).build().doWork() }
        walk.sees("sign-in")
        assertEquals(ListenableWorker.Result.success(), work())
        signIn()
        walk.noLongerSees("silent")
        assertEquals(ListenableWorker.Result.success(), work())
    }

    private fun signIn() {
        walk.taps("sign-in")
        throughTheBrowser(Errand.SIGN_IN)
        walk.taps("agree")
        walk.sees("bill")
    }

    /** The page that the app had the system open, gone through by the person; the system hands the address that it led to back. */
    private fun throughTheBrowser(errand: Errand) {
        var asked: Intent? = null
        compose.waitUntil("a page is opened", PATIENCE_MS) {
            compose.waitForIdle() // what comes back from the core waits in the main thread's queue
            asked = asked ?: shadowOf(app).nextStartedActivity
            asked != null
        }
        assertEquals(Intent.ACTION_VIEW, asked?.action)
        val cameBack = runBlocking { persona.visit(checkNotNull(asked?.dataString), errand) }
        val intent = Intent(Intent.ACTION_VIEW, Uri.parse(cameBack)).setPackage(app.packageName)
        assertEquals(MainActivity::class.java.name, app.packageManager.resolveActivity(intent, 0)?.activityInfo?.name)
        val instrumentation: Instrumentation = InstrumentationRegistry.getInstrumentation()
        activity.onActivity { instrumentation.callActivityOnNewIntent(it, intent) }
    }

    private fun picture(name: String) {
        val folder = System.getProperty("rabt.pictures")?.let(::File) ?: return
        compose.waitForIdle()
        activity.onActivity {
            val view = it.window.decorView
            val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
            view.draw(Canvas(bitmap))
            folder.mkdirs()
            folder.resolve("$name.png").outputStream().use { file -> bitmap.compress(Bitmap.CompressFormat.PNG, 100, file) }
        }
    }

    private companion object {
        /** One of this person's bills. */
        const val BILL = "Public cleanliness fine"

        /** Far beyond what any of it takes. */
        const val PATIENCE_MS = 120_000L
    }
}
