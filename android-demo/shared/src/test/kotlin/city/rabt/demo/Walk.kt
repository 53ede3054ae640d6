package city.rabt.demo

import androidx.compose.ui.test.SemanticsNodeInteractionsProvider
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onAllNodesWithTag
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode

/** What a person does with the app, told once for a phone and for a desktop. The person is fictional and lives in the simulated city. */
class Walk(
    private val ui: SemanticsNodeInteractionsProvider,
    /** Lets the app go on until this is so. */
    private val until: (what: String, isSo: () -> Boolean) -> Unit,
) {
    /** How many elements have this tag. */
    fun count(tag: String): Int = ui.onAllNodesWithTag(tag).fetchSemanticsNodes().size

    /** Waits for it. */
    fun sees(tag: String) {
        until("$tag is there") { count(tag) > 0 }
        ui.onAllNodesWithTag(tag).onFirst().assertIsDisplayed()
    }

    /** Waits until it is gone. */
    fun noLongerSees(tag: String): Unit = until("$tag is gone") { count(tag) == 0 }

    /** Waits for it, and taps it. */
    fun taps(tag: String) {
        sees(tag)
        ui.onAllNodesWithTag(tag).onFirst().performClick()
    }

    /** Waits for a text. */
    fun reads(text: String): Unit = until("'$text' is there") {
        ui.onAllNodes(hasText(text, substring = true)).fetchSemanticsNodes().isNotEmpty()
    }

    /** Waits for a text of an element. */
    fun reads(tag: String, text: String) {
        reads(text)
        ui.onNodeWithTag(tag).assertTextContains(text, substring = true)
    }

    /** Scrolls the list to a bill and taps it. */
    fun choosesBill(title: String) {
        sees("bill")
        ui.onNodeWithTag("bills").performScrollToNode(hasText(title, substring = true))
        ui.onNode(hasText(title, substring = true) and hasTestTag("bill")).performClick()
    }
}
