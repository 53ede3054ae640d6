import com.android.apksig.ApkSigner;
import com.android.apksig.ApkVerifier;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Signs a package by the schemes 2 and 3, and verifies what it made. Arguments: keys, password, oldest API level, unsigned, signed. */
public class Sign {
    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[1].toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(arguments[0])) {
            keys.load(file, password);
        }
        String name = keys.aliases().nextElement();
        PrivateKey key = (PrivateKey) keys.getKey(name, password);
        List<X509Certificate> certificates = List.of((X509Certificate) keys.getCertificate(name));
        File signed = new File(arguments[4]);
        new ApkSigner.Builder(List.of(new ApkSigner.SignerConfig.Builder(name, key, certificates).build()))
                .setInputApk(new File(arguments[3]))
                .setOutputApk(signed)
                .setMinSdkVersion(Integer.parseInt(arguments[2]))
                .setV1SigningEnabled(false)
                .setV2SigningEnabled(true)
                .setV3SigningEnabled(true)
                .setAlignmentPreserved(false)
                .setLibraryPageAlignmentBytes(16384)
                .build()
                .sign();
        ApkVerifier.Result result = new ApkVerifier.Builder(signed).build().verify();
        if (!result.isVerified() || !result.isVerifiedUsingV2Scheme() || !result.isVerifiedUsingV3Scheme()) {
            throw new IllegalStateException("the package doesn't verify: " + result.getErrors());
        }
    }
}
