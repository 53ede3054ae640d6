package outside;

import city.rabt.BillPage;
import city.rabt.BillQuery;
import city.rabt.Rabt;
import java.nio.file.Path;
import java.util.List;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlinx.coroutines.BuildersKt;

/** The same library from Java: opens what the app has left, without a network, and reads a page. */
public final class InJava {
    private InJava() {}

    public static void main(String[] arguments) throws InterruptedException {
        Path folder = Path.of(SandboxKt.setting("FOLDER"));
        FileSecrets secrets = new FileSecrets(folder.resolve("secrets"));
        // A suspending function is called from Java within `runBlocking`.
        Rabt rabt = BuildersKt.runBlocking(
            EmptyCoroutineContext.INSTANCE,
            (scope, then) -> Rabt.Companion.open(AppKt.config(folder), secrets, null, null, then));
        try (rabt) {
            BillQuery query = new BillQuery(
                List.of(), List.of(), null, null, null, null, null, null, null, 10);
            BillPage page = BuildersKt.runBlocking(
                EmptyCoroutineContext.INSTANCE,
                (scope, then) -> rabt.getBills().page(query, then));
            System.out.println("bills in Java " + page.getBills().size());
        }
    }
}
