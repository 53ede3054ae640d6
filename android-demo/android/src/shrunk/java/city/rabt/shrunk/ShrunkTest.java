package city.rabt.shrunk;

import android.app.Activity;
import android.app.Application;
import android.content.Intent;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.net.Uri;
import android.os.SystemClock;
import android.view.MotionEvent;
import android.view.View;
import city.rabt.keystore.FakeKeystore;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Assert;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowLooper;

/**
 * The app after R8: it signs in over the real core and says that a page of bills is on the screen. Its classes have lost their names, so
 * that nothing but Android's own is called here: intents, touches, and whether the activity says that it is drawn.
 */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h891dp-xhdpi")
public class ShrunkTest {
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final String PERSONA = "tenant-family";

    private ActivityController<? extends Activity> activity;

    @Test
    @SuppressWarnings("unchecked")
    public void theShrunkAppOpensTheCoreAndReadsAPage() throws Exception {
        FakeKeystore.install();
        Process city = new ProcessBuilder(System.getenv("RABT_SANDBOX"), "--as-child", "--latency-scale", "0", "--persona", PERSONA)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String said = new BufferedReader(new InputStreamReader(city.getInputStream())).readLine();
            String control = field("control", said);
            Class<? extends Activity> main = (Class<? extends Activity>) Class.forName("city.rabt.demo.MainActivity");
            activity = Robolectric.buildActivity(main, new Intent().putExtra("city", control)).setup();
            String page = await("a page is opened", () -> openedByTouch());
            Assert.assertFalse(Shadows.shadowOf(activity.get()).getReportFullyDrawn());
            Uri cameBack = Uri.parse(visit(control, page));
            activity.newIntent(new Intent(Intent.ACTION_VIEW, cameBack));
            await("a page of bills is on the screen", () -> {
                touchAll();
                // Nothing is drawn here by itself, and a drawing is what the activity waits for before it says that its page is there.
                activity.get().getWindow().getDecorView().getViewTreeObserver().dispatchOnDraw();
                return Shadows.shadowOf(activity.get()).getReportFullyDrawn() ? "" : null;
            });
            picture();
        } finally {
            city.getOutputStream().close();
            city.waitFor();
        }
    }

    private String openedByTouch() {
        Application application = RuntimeEnvironment.getApplication();
        Intent opened = Shadows.shadowOf(application).getNextStartedActivity();
        if (opened != null) {
            return opened.getDataString();
        }
        touchAll();
        return null;
    }

    /** Touches the middle of the screen from top to bottom: there are the buttons, wherever exactly. */
    private void touchAll() {
        View view = activity.get().getWindow().getDecorView();
        for (int y = view.getHeight() / 4; y < view.getHeight(); y += 40) {
            long now = SystemClock.uptimeMillis();
            for (int action : new int[] {MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP}) {
                MotionEvent event = MotionEvent.obtain(now, now, action, view.getWidth() / 2f, y, 0);
                view.dispatchTouchEvent(event);
                event.recycle();
            }
            ShadowLooper.idleMainLooper(20, TimeUnit.MILLISECONDS);
        }
    }

    private static String await(String what, Supplier<String> look) throws InterruptedException {
        long ends = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < ends) {
            ShadowLooper.idleMainLooper(50, TimeUnit.MILLISECONDS);
            String found = look.get();
            if (found != null) {
                return found;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("waited too long until " + what);
    }

    /** Has the person go through a page; returns where it led. */
    private static String visit(String control, String page) throws Exception {
        String body = "{\"url\": \"" + page + "\", \"intent\": \"approve\"}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(control + "/v1/personas/" + PERSONA + "/visit"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return field("led_to", HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private static String field(String name, String json) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"([^\"]*)\"").matcher(json);
        Assert.assertTrue(json, found.find());
        return found.group(1);
    }

    private void picture() throws Exception {
        View view = activity.get().getWindow().getDecorView();
        Bitmap bitmap = Bitmap.createBitmap(view.getWidth(), view.getHeight(), Bitmap.Config.ARGB_8888);
        view.draw(new Canvas(bitmap));
        File folder = new File(System.getProperty("rabt.pictures"));
        folder.mkdirs();
        try (OutputStream file = new FileOutputStream(new File(folder, "android-shrunk.png"))) {
            bitmap.compress(Bitmap.CompressFormat.PNG, 100, file);
        }
    }
}
