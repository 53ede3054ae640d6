package city.rabt

/** One sign-in for the whole city. */
public class Session internal constructor(private val core: SessionCore) {
    /**
     * Who is signed in, from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun state(): SessionState = core.state()

    /**
     * Begins a sign-in, and returns the address of the page to open in the system's browser (a Custom Tab). It is for this one attempt
     * and secret until then. Hand the address that comes back to [complete].
     *
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable for the identity provider.
     */
    public suspend fun beginSignIn(): String = core.beginSignIn()

    /**
     * Begins to raise the assurance level, as [RabtException.StepUpRequired] asks for; otherwise as [beginSignIn].
     *
     * @throws RabtException.SignInRequired where nobody is signed in.
     * @throws RabtException.InvalidInput on `acr`.
     */
    public suspend fun beginStepUp(acr: String): String = core.beginStepUp(acr)

    /**
     * Takes the address that came back from a page of [beginSignIn] or [beginStepUp], also after the app was killed in between. Each is
     * taken once.
     *
     * @throws RabtException.InvalidInput on `url` for one that answers no attempt of this device, which then goes on waiting.
     * @throws RabtException.SignInRequired where the person cancelled or the answer was refused.
     * @throws RabtException.Conflict with [ConflictCode.ANOTHER_PERSON] where somebody else's data is on this device.
     * @throws RabtException.Offline
     */
    public suspend fun complete(url: String): SessionState = core.complete(url)

    /**
     * Signs out: destroys the key of everything that is stored, and the files; then tells the provider, if it can be reached. It works
     * offline.
     *
     * @param forgetUnfinished Whether payments that aren't finished may be forgotten here; they go on at the hub.
     * @throws RabtException.Conflict with [ConflictCode.PAYMENTS_UNFINISHED] where there are such payments and they may not.
     * @throws RabtException.Storage where the key could not be destroyed yet: the next opening does it.
     */
    public suspend fun signOut(forgetUnfinished: Boolean = false): SignedOut = core.signOut(forgetUnfinished)
}
