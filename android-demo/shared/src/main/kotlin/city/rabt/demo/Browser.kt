package city.rabt.demo

/** What a page in the browser is for. */
enum class Errand {
    /** To sign in. */
    SIGN_IN,

    /** To confirm with a second factor. */
    STEP_UP,

    /** To link a bank account. */
    LINK,
}

/** Opens a page for the person. The address that comes back from it is handed to [Bills.cameBack]. */
fun interface Browser {
    /** Opens the page and doesn't wait for the person. */
    fun open(url: String, errand: Errand)
}
