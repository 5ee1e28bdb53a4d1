plugins {
    alias(libs.plugins.kotlin.jvm)
}

kotlin {
    jvmToolchain(libs.versions.jvm.target.get().toInt())
    sourceSets.main {
        kotlin.srcDir("src/main/kotlin-generated")
    }
}

dependencies {
    api(libs.coroutines.core)
    api(libs.jna)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.junit.jupiter)
    testImplementation(libs.kotlin.test.junit5)
}

tasks.test {
    useJUnitPlatform()
}
