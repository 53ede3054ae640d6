package city.rabt

import java.util.concurrent.ConcurrentHashMap

/** A secret store for tests: what it keeps is gone with the process, and the core's files can then no longer be read. */
public class InMemorySecretStore : SecretStore {
    private val secrets = ConcurrentHashMap<String, ByteArray>()

    override fun get(name: String): ByteArray? = secrets[name]?.copyOf()

    override fun put(name: String, secret: ByteArray) {
        secrets[name] = secret.copyOf()
    }

    override fun delete(name: String) {
        secrets.remove(name)
    }
}
