package outside

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** Where the sandbox is comes from the environment. */
fun setting(name: String): String = checkNotNull(System.getenv("RABT_$name")) { "RABT_$name isn't set" }

/** In place of a browser with a person before it: the sandbox has one of its people go through the page, and says where it led. */
fun browser(page: String): String {
    val request = HttpRequest.newBuilder(URI("${setting("CONTROL")}/v1/personas/tenant-family/visit"))
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("""{"url": "$page", "intent": "approve"}"""))
        .build()
    val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
    return checkNotNull(Regex(""""led_to":"([^"]+)"""").find(answer)) { answer }.groupValues[1]
}
