package city.rabt

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native

/**
 * The core's threads, as the virtual machine sees them. It stands beside what is generated, whose callbacks no other module can name.
 *
 * JNA attaches a thread at each call from it and detaches it again, which costs more than the call, and it attaches it as one that the
 * machine waits for when `main` has returned. The core's threads say that they have started before they call anything else: at that call
 * each is attached for good, and as a daemon, so that a program that has nothing more to do ends.
 *
 * @suppress The face calls it; an app has no use for it.
 */
public object CoreThreads {
    private val set: Unit by lazy {
        Native.setCallbackThreadInitializer(
            uniffiCallbackInterfaceThreadHook.started,
            CallbackThreadInitializer(/* daemon = */ true, /* detach = */ false, /* name = */ "rabt"),
        )
        setThreadHookCore(Started)
    }

    /** Has it so for all threads that the core starts from now on; the second time does nothing. */
    public fun attachAsDaemons(): Unit = set

    /** To be called is all that is needed. */
    private object Started : ThreadHook {
        override fun started(): Unit = Unit
    }
}
