package city.rabt

import com.sun.jna.Platform
import java.io.IOException
import java.nio.channels.Channels
import java.nio.channels.FileChannel
import java.nio.file.FileAlreadyExistsException
import java.nio.file.Files
import java.nio.file.LinkOption.NOFOLLOW_LINKS
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.FileTime
import java.nio.file.attribute.PosixFileAttributes
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions
import java.security.MessageDigest
import java.time.Duration
import java.time.Instant

/**
 * The native library that the jar carries, as a file that stays: taken out of the jar once for a user and a build, where JNA takes it out at
 * each start of a program, which is the largest part of that start.
 *
 * A file is used only where nobody but this user could have written it: it lies in a folder that is this user's alone and named by the digest that
 * was noted when the jar was made, is this user's and can't be changed by another, and is as long as it must be. Its digest was held against that
 * one when it was written. Where any of this isn't so, or can't be said, JNA does as it always does.
 */
internal object NativeCopy {
    private val LIBRARY_GIVEN = listOf("jna.library.path", "uniffi.component.rabt.libraryOverride")
    private const val NOTHING_UNPACKED = "jna.nounpack"
    private const val BUFFER_BYTES = 1 shl 16
    private val forgotten: Duration = Duration.ofDays(30)

    /** What the jar says of its library. Its checksum was noted beside it when the jar was made. */
    private class Packed(val library: String, val sha256: String, val bytes: Long)

    /** Its path; `null` where JNA is to look for it. */
    val path: String? by lazy {
        try {
            packed()?.let { copyOf(it) }?.toString()
        } catch (_: IOException) {
            null
        } catch (_: SecurityException) {
            null
        } catch (_: UnsupportedOperationException) {
            null
        }
    }

    private fun packed(): Packed? {
        if (Platform.isAndroid() || Platform.isWindows()) return null
        // Whoever says where the library is, or that nothing is unpacked, is not overruled.
        if (LIBRARY_GIVEN.any { System.getProperty(it) != null } || System.getProperty(NOTHING_UNPACKED).toBoolean()) return null
        val library = "/${Platform.RESOURCE_PREFIX}/${System.mapLibraryName("rabt_ffi")}"
        val noted = NativeCopy::class.java.getResourceAsStream("$library.sha256") ?: return null
        val sha256 = noted.use { it.readBytes().decodeToString().trim() }
        val bytes = NativeCopy::class.java.getResource(library)?.openConnection()?.contentLengthLong ?: return null
        return Packed(library, sha256, bytes)
    }

    private fun copyOf(packed: Packed): Path? {
        val all = cache()?.resolve("city.rabt") ?: return null
        val folder = all.resolve(packed.sha256)
        val copy = folder.resolve(packed.library.substringAfterLast('/'))
        if (!isOurs(folder)) {
            Files.createDirectories(all)
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
            } catch (_: FileAlreadyExistsException) {
                // By another program of ours a moment ago, or by somebody else: that is looked at next.
            }
            if (!isOurs(folder)) return null
        }
        if (!isOurs(copy, packed.bytes)) {
            write(packed, copy)
            forgetOthers(all, folder)
            if (!isOurs(copy, packed.bytes)) return null
        }
        return copy
    }

    /** Where this user's programs keep what they can make again. */
    private fun cache(): Path? {
        val home = System.getProperty("user.home")?.let(Path::of)?.takeIf(Path::isAbsolute)
        if (Platform.isMac()) return home?.resolve("Library/Caches")
        val named = System.getenv("XDG_CACHE_HOME")?.takeIf(String::isNotEmpty)?.let(Path::of)?.takeIf(Path::isAbsolute)
        return named ?: home?.resolve(".cache")
    }

    /** Whether this is a folder, or a file of so many [bytes], which this user alone can change. */
    private fun isOurs(path: Path, bytes: Long? = null): Boolean {
        val found = try {
            Files.readAttributes(path, PosixFileAttributes::class.java, NOFOLLOW_LINKS)
        } catch (_: NoSuchFileException) {
            return false
        }
        val isIt = if (bytes == null) found.isDirectory else found.isRegularFile && found.size() == bytes
        return isIt && found.owner().name == System.getProperty("user.name") && found.permissions().none { it in OTHERS }
    }

    /** Takes it out of the jar, and gives it its name once it is whole and on the disk, and is what was packed. */
    private fun write(packed: Packed, copy: Path) {
        // Which nobody else may read or write, as the system makes such files.
        val half = Files.createTempFile(copy.parent, null, ".half")
        try {
            FileChannel.open(half, WRITE).use { file ->
                val digest = MessageDigest.getInstance("SHA-256")
                val out = Channels.newOutputStream(file)
                val library = NativeCopy::class.java.getResourceAsStream(packed.library) ?: throw NoSuchFileException(packed.library)
                library.use {
                    val buffer = ByteArray(BUFFER_BYTES)
                    while (true) {
                        val read = it.read(buffer)
                        if (read < 0) break
                        digest.update(buffer, 0, read)
                        out.write(buffer, 0, read)
                    }
                }
                val sha256 = digest.digest().joinToString("") { byte -> "%02x".format(byte) }
                if (sha256 != packed.sha256) throw UnsatisfiedLinkError("the jar's native library isn't the one that was packed into it")
                file.force(true)
            }
            Files.move(half, copy, ATOMIC_MOVE)
        } finally {
            Files.deleteIfExists(half)
        }
    }

    /** Removes copies of other builds that were made long ago. A program that still uses one keeps it open, and the next start makes it again. */
    private fun forgetOthers(all: Path, kept: Path) {
        val before = FileTime.from(Instant.now().minus(forgotten))
        val others = Files.newDirectoryStream(all).use { folders -> folders.filter { it != kept } }
        for (folder in others.filter { isOurs(it) && Files.getLastModifiedTime(it) < before }) {
            Files.newDirectoryStream(folder).use { files -> files.forEach(Files::deleteIfExists) }
            Files.deleteIfExists(folder)
        }
    }

    private val OTHERS = setOf(
        PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE,
    )
}
