package city.rabt.ffi

import android.content.Context

/** What the core asks of Android once. Its name and its method's are those of a function in the native library. */
internal object RabtAndroid {
    /** Lets the core's verifier of certificates find Android's own. The second time does nothing. */
    @JvmStatic
    external fun init(context: Context)
}
