package city.rabt.demo

import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.ReportDrawnWhen
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.Text
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import city.rabt.reason
import java.util.Locale

/** The one activity. */
class MainActivity : ComponentActivity() {
    private val demo: DemoApplication
        get() = application as DemoApplication

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        demo.begin(intent.getStringExtra(CITY) ?: getString(R.string.city))
        setContent {
            val opening by demo.opening.collectAsState()
            when (val now = opening) {
                is Opening.Open -> {
                    val screen by now.bills.screen.collectAsState()
                    ReportDrawnWhen { !screen.bills.isNullOrEmpty() }
                    CityApp(now.bills)
                }
                is Opening.Unknown -> Text(stringResource(R.string.cannot_open), Modifier.safeDrawingPadding())
                is Opening.Failed -> Text(now.error.reason(Locale.getDefault()), Modifier.safeDrawingPadding())
                is Opening.Waiting -> Unit
            }
        }
        if (savedInstanceState == null) take(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        take(intent)
    }

    private fun take(intent: Intent) {
        intent.data?.takeIf { intent.action == Intent.ACTION_VIEW }?.let { demo.cameBack(it.toString()) }
    }

    companion object {
        /** Names the address of another city's control: `adb shell am start -n city.rabt.demo/.MainActivity -e city http://…`. */
        const val CITY: String = "city"
    }
}
