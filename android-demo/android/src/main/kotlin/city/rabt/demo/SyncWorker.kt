package city.rabt.demo

import android.content.Context
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.NetworkType
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import city.rabt.RabtException
import java.time.Duration
import kotlin.time.Duration.Companion.minutes

/** Finishes payments and refreshes bills while nobody looks. */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result {
        val rabt = (applicationContext as DemoApplication).core()
        return try {
            if (rabt.sync.run(BUDGET).complete) Result.success() else Result.retry()
        } catch (_: RabtException.SignInRequired) {
            Result.success()
        } catch (_: RabtException) {
            Result.retry()
        }
    }

    companion object {
        /** Android ends a worker after ten minutes. */
        private val BUDGET = 5.minutes

        /** From now on, every six hours in which there is a network. */
        fun schedule(context: Context) {
            val work = PeriodicWorkRequestBuilder<SyncWorker>(Duration.ofHours(6))
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .build()
            WorkManager.getInstance(context).enqueueUniquePeriodicWork("rabt-sync", ExistingPeriodicWorkPolicy.KEEP, work)
        }
    }
}
