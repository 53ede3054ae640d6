package city.rabt.demo

import android.app.Application
import android.content.Intent
import android.net.Uri
import androidx.work.Configuration
import city.rabt.Language
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.android.open
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import java.io.File
import java.io.IOException
import java.util.Locale

/** How far the core is opened. */
sealed interface Opening {
    /** Not asked for, or under way. */
    data object Waiting : Opening

    /** It is not known where the city is. */
    data object Unknown : Opening

    /** The core can't be opened. */
    class Failed(val error: RabtException) : Opening

    /** It is open. */
    class Open(val rabt: Rabt, val bills: Bills) : Opening
}

/** Holds the one core of the process: it outlives each activity and is there for background work too. */
class DemoApplication : Application(), Configuration.Provider {
    private val scope: CoroutineScope = MainScope()
    private val state = MutableStateFlow<Opening>(Opening.Waiting)
    private var begun = false

    /** What to show. */
    val opening: StateFlow<Opening> = state

    override val workManagerConfiguration: Configuration
        get() = Configuration.Builder().build()

    /** Opens the core for the city of this address, if nobody has. */
    fun begin(city: String = getString(R.string.city)) {
        if (begun) return
        begun = true
        scope.launch {
            state.value = try {
                open(City(city))
            } catch (_: IOException) {
                begun = false
                Opening.Unknown
            } catch (error: RabtException) {
                begun = false
                Opening.Failed(error)
            }
        }
    }

    private suspend fun open(city: City): Opening.Open {
        val language = if (Locale.getDefault().language == "ar") Language.AR else Language.EN
        val config = configOf(city.introduction(File(noBackupFilesDir, "city.json")), File(noBackupFilesDir, "rabt"), language)
        val rabt = Rabt.open(this, config)
        SyncWorker.schedule(this)
        return Opening.Open(rabt, Bills(rabt, { url, _ -> browse(url) }, scope, language))
    }

    /** The core, once it is open. */
    suspend fun core(): Rabt {
        begin()
        return opened().rabt
    }

    /** Hands in the address that a page led back to, also after the process was killed meanwhile. */
    fun cameBack(url: String) {
        scope.launch { opened().bills.cameBack(url) }
    }

    private suspend fun opened(): Opening.Open = state.filterIsInstance<Opening.Open>().first()

    /** The person's own browser, where they see whose page it is (RFC 8252). */
    private fun browse(url: String) {
        startActivity(Intent(Intent.ACTION_VIEW, Uri.parse(url)).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
    }
}
