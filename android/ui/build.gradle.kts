plugins {
    alias(libs.plugins.kotlin.multiplatform)
    alias(libs.plugins.android.library)
    alias(libs.plugins.compose)
    alias(libs.plugins.compose.compiler)
}

kotlin {
    jvmToolchain(libs.versions.jvm.target.get().toInt())

    android {
        namespace = "app.keyturn.ui"
        compileSdk = libs.versions.android.compile.sdk.get().toInt()
        minSdk = libs.versions.android.min.sdk.get().toInt()
    }
    jvm("desktop")

    sourceSets {
        // The screens stand on `bindings`, which is plain JVM: a common source set could not see it, so both targets compile the same folder.
        androidMain {
            kotlin.srcDir("src/main/kotlin")
            dependencies {
                api(project(":bindings"))
                api(libs.compose.foundation)
                api(libs.compose.runtime)
                api(libs.compose.ui)
            }
        }
        val desktopMain by getting {
            kotlin.srcDir("src/main/kotlin")
            kotlin.srcDir("src/desktop/kotlin")
            dependencies {
                api(project(":bindings"))
                api(libs.compose.foundation)
                api(libs.compose.runtime)
                api(libs.compose.ui)
                implementation(compose.desktop.currentOs)
            }
        }
        val desktopTest by getting {
            kotlin.srcDir("src/desktopTest/kotlin")
            dependencies {
                implementation(libs.compose.ui.test)
                implementation(libs.coroutines.test)
                implementation(libs.junit.jupiter)
                implementation(libs.kotlin.test.junit5)
                implementation(libs.serialization.json)
            }
        }
    }
}

tasks.withType<Test>().configureEach {
    useJUnitPlatform()
}
