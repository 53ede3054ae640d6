package city.rabt.town

import city.rabt.BillKey
import city.rabt.ChosenBill
import city.rabt.Rabt
import com.fasterxml.jackson.databind.ObjectMapper
import kotlinx.coroutines.runBlocking
import java.nio.file.Path
import java.time.Duration

/** The app in a process of its own; see [ChildPhone]. The first line is its settings, each further one something to do. */
fun main(): Unit = runBlocking {
    val settings = ObjectMapper().readTree(readln())
    val folder = Path.of(settings["folder"].asText())
    val clock = PhoneClock(Duration.ofMillis(settings["ahead_ms"].asLong()))
    val config = configOf(settings["city"], folder)
    val rabt = Rabt.open(config, FolderSecrets(folder.resolve("secrets")), clock = clock)
    println("open")
    while (true) {
        val words = (readlnOrNull() ?: return@runBlocking).split(' ')
        when (words.first()) {
            "sign-in-page" -> println(rabt.session.beginSignIn())
            "pay-bills" -> pay(rabt, words.drop(1))
            else -> error("`${words.first()}` is nothing that this phone does")
        }
    }
}

private suspend fun pay(rabt: Rabt, bills: List<String>) {
    val chosen = bills.map { named -> ChosenBill(BillKey(named.substringBefore('/'), named.substringAfter('/'))) }
    val quote = rabt.payments.quote(chosen)
    println(rabt.payments.pay(quote.id, rabt.instruments.list().first().id).state)
}
