package app.keyturn.ui.model

import app.keyturn.ui.look.Words
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.time.temporal.ChronoUnit
import kotlin.math.abs

/** Instants in the project's zone, in the reader's words. */
class Times(zone: String, private val words: Words) {
    private val zone: ZoneId = runCatching { ZoneId.of(zone) }.getOrDefault(ZoneId.systemDefault())

    private fun at(ms: Long): ZonedDateTime = Instant.ofEpochMilli(ms).atZone(zone)

    fun today(): LocalDate = LocalDate.now(zone)

    fun day(ms: Long): LocalDate = at(ms).toLocalDate()

    /** `09:30`. */
    fun clock(ms: Long): String = at(ms).format(CLOCK)

    /** `09:30` today, else `11-20 09:30`. */
    fun moment(ms: Long): String = if (at(ms).toLocalDate() == today()) clock(ms) else at(ms).format(DAY_CLOCK)

    fun precise(ms: Long): String = at(ms).format(PRECISE)

    fun weekday(day: LocalDate): String = words.say("app-weekday-${day.dayOfWeek.value}")

    fun long(day: LocalDate): String = words.say("app-date", mapOf("month" to "${day.monthValue}", "day" to "${day.dayOfMonth}", "weekday" to weekday(day)))

    /** `11-20 Fri` from `2026-11-20`; what is no date is shown as it stands. */
    fun due(date: String): String = runCatching { LocalDate.parse(date) }.map { short(it) + " " + weekday(it) }.getOrDefault(date)

    fun short(day: LocalDate): String = day.format(DAY)

    fun shortDate(date: String): String = runCatching { short(LocalDate.parse(date)) }.getOrDefault(date)

    /** Days from [date] until today; negative when it is still to come. */
    fun late(date: String): Long = runCatching { ChronoUnit.DAYS.between(LocalDate.parse(date), today()) }.getOrDefault(0)

    fun plus(days: Long): String = today().plusDays(days).toString()

    /** `4 min 5 s`. */
    fun span(ms: Long): String {
        val seconds = abs(ms) / 1000
        return words.say("app-minutes-seconds", mapOf("minutes" to "${seconds / 60}", "seconds" to "${seconds % 60}"))
    }

    private companion object {
        val CLOCK: DateTimeFormatter = DateTimeFormatter.ofPattern("HH:mm")
        val DAY_CLOCK: DateTimeFormatter = DateTimeFormatter.ofPattern("MM-dd HH:mm")
        val PRECISE: DateTimeFormatter = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss")
        val DAY: DateTimeFormatter = DateTimeFormatter.ofPattern("MM-dd")
    }
}
