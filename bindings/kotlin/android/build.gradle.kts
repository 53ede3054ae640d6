// The Android library as a module of a team's own Gradle build, for those who build it from source. It isn't exercised where this repository
// is tested, which has no Gradle: there `cargo xtask android` makes the same AAR. Before it, `cargo xtask bindings --release` and
// `build-android.sh` make what it packs.

plugins {
    id("com.android.library") version "9.0.0"
    id("maven-publish")
}

group = "city.rabt"
version = "0.1.0"

// Where cargo builds.
val made = rootDir.resolve("../../../target")

android {
    namespace = "city.rabt.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].apply {
        kotlin.directories += listOf(
            "../generated/src/main/kotlin",
            "../rabt/src/main/kotlin",
            "src/main/kotlin",
            made.resolve("bindings/kotlin-android").path,
        )
        jniLibs.directories += made.resolve("android/jni").path
    }
    publishing {
        singleVariant("release") { withSourcesJar() }
    }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    // From https://github.com/rustls/rustls-platform-verifier/raw/maven-archive/android-release-support/maven/, to be named in the settings.
    implementation("rustls:rustls-platform-verifier:0.2.0")
    implementation("androidx.annotation:annotation:1.9.1")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "rabt-android"
            afterEvaluate { from(components["release"]) }
        }
    }
}
