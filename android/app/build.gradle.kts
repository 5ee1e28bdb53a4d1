plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.compose.compiler)
}

android {
    namespace = "app.keyturn"
    compileSdk = libs.versions.android.compile.sdk.get().toInt()

    defaultConfig {
        applicationId = "app.keyturn"
        minSdk = libs.versions.android.min.sdk.get().toInt()
        targetSdk = libs.versions.android.target.sdk.get().toInt()
        versionCode = 1
        versionName = "0.1.0"
        // Where the core is built for: see README.md. x86_64 is for emulators.
        ndk.abiFilters += listOf("arm64-v8a", "x86_64")
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "rules.pro")
        }
    }

    buildFeatures.compose = true

    // The two languages there are words for; what libraries say in others would stand alone.
    androidResources.localeFilters += listOf("zh-rCN", "en")

    testOptions.unitTests {
        isIncludeAndroidResources = true
        all { test ->
            // What `cargo xtask test android` gives: `cargo build --release --workspace` first.
            val root = rootDir.resolve("..").canonicalPath
            test.systemProperty("keyturn.root", root)
            test.systemProperty("keyturn.bin", "$root/target/release/keyturn")
            test.systemProperty("keyturn.scratch", layout.buildDirectory.get().asFile.path)
            test.systemProperty("jna.library.path", "$root/target/release")
        }
    }

    // The hub in a process of its own, which the tests of the facade start.
    sourceSets.getByName("test").kotlin.directories.add("../bindings/src/test/kotlin")
}

kotlin {
    jvmToolchain(libs.versions.jvm.target.get().toInt())
}

dependencies {
    // JNA as a jar is for desktops; a phone wants the one with its native half.
    implementation(project(":ui")) { exclude(group = "net.java.dev.jna", module = "jna") }
    implementation(libs.jna) { artifact { type = "aar" } }
    implementation(libs.activity.compose)
    implementation(libs.core.ktx)
    implementation(libs.coroutines.android)
    implementation(libs.lifecycle.runtime)
    implementation(libs.work.runtime)
    implementation(libs.zxing)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.jna)
    testImplementation(libs.junit.jupiter)
    testImplementation(libs.kotlin.test.junit5)
    testImplementation(libs.robolectric)
    testImplementation(libs.work.testing)
}
