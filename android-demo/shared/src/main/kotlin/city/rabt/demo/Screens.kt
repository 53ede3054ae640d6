package city.rabt.demo

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import city.rabt.Language
import city.rabt.SessionState
import city.rabt.of
import city.rabt.reason

/** The words of the language that is spoken. */
internal val LocalWords = staticCompositionLocalOf<Words> { error("no language") }

/** The whole app. */
@Composable
fun CityApp(bills: Bills) {
    val screen by bills.screen.collectAsState()
    val arabic = screen.language == Language.AR
    val direction = if (arabic) LayoutDirection.Rtl else LayoutDirection.Ltr
    CompositionLocalProvider(LocalWords provides Words.of(screen.language), LocalLayoutDirection provides direction) {
        MaterialTheme { Frame(bills, screen) }
    }
}

@OptIn(ExperimentalMaterial3Api::class)
@Composable
private fun Frame(bills: Bills, screen: Screen) {
    val words = LocalWords.current
    val session = screen.session
    val person = (session as? SessionState.SignedIn)?.name?.of(words.locale)
    val other = if (screen.language == Language.AR) Language.EN else Language.AR
    Scaffold(topBar = {
        TopAppBar(
            title = {
                Column {
                    Text(words.title)
                    if (person != null) Text(person, style = MaterialTheme.typography.bodyMedium)
                }
            },
            actions = {
                TextButton({ bills.speak(other) }, Modifier.testTag("language")) { Text(words.otherLanguage) }
            },
        )
    }) { inner ->
        Column(Modifier.padding(inner).fillMaxSize()) {
            if (screen.busy) LinearProgressIndicator(Modifier.fillMaxWidth())
            Notes(screen)
            when {
                session == null -> Unit
                session is SessionState.SignedOut -> Welcome(bills)
                screen.toAsk.isNotEmpty() -> Consent(bills, screen)
                screen.checkout != null -> Paying(bills, screen, screen.checkout)
                else -> OpenBills(bills, screen)
            }
        }
    }
}

/** What stands above everything: being offline, agencies that did not answer, what went wrong. */
@Composable
private fun Notes(screen: Screen) {
    val words = LocalWords.current
    if (screen.offline) {
        Note(words.offline, "offline")
    } else if (screen.silent > 0) {
        Note("${words.silent} ${numberIn(words.locale, screen.silent)}", "silent")
    }
    screen.trouble?.let { Note(it.reason(words.locale), "trouble") }
}

@Composable
private fun Note(text: String, tag: String) {
    Surface(Modifier.fillMaxWidth(), color = MaterialTheme.colorScheme.errorContainer) {
        Text(text, Modifier.padding(16.dp, 12.dp).testTag(tag), color = MaterialTheme.colorScheme.onErrorContainer)
    }
}

@Composable
private fun Welcome(bills: Bills) {
    val words = LocalWords.current
    Column(
        Modifier.fillMaxSize().padding(32.dp),
        verticalArrangement = Arrangement.Center,
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        Text(words.welcome, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center)
        Spacer(Modifier.height(24.dp))
        Button(bills::signIn, Modifier.fillMaxWidth().testTag("sign-in")) { Text(words.signIn) }
    }
}

@Composable
private fun Consent(bills: Bills, screen: Screen) {
    val words = LocalWords.current
    Column(Modifier.fillMaxSize().padding(24.dp)) {
        Text(words.consent, style = MaterialTheme.typography.titleMedium)
        LazyColumn(Modifier.weight(1f).padding(vertical = 16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            items(screen.toAsk, { it.id }) { Text(it.name.of(words.locale)) }
        }
        Button(bills::agree, Modifier.fillMaxWidth().testTag("agree")) { Text(words.agree) }
    }
}
