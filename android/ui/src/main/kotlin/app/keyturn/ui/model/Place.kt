package app.keyturn.ui.model

/** Where in the app a person is; written down with every step, so that a killed app opens where it was. */
sealed interface Place {
    data object Enrol : Place

    data object Today : Place

    data object Sync : Place

    data class AUnit(val unit: String) : Place

    data class Room(val unit: String, val room: String) : Place

    data class NewSnag(val unit: String, val room: String?, val line: String?) : Place

    data class Snags(val unit: String) : Place

    data class ASnag(val snag: String) : Place

    data class Plan(val unit: String, val snag: String?) : Place

    data class Draw(val snag: String, val photo: String) : Place

    data class Owner(val unit: String) : Place

    data class Sign(val unit: String) : Place

    data class Crew(val snag: String) : Place

    data class Settle(val conflict: String) : Place

    data class Papers(val unit: String) : Place

    companion object {
        private const val BETWEEN = '\t'

        fun write(place: Place): String = when (place) {
            Enrol -> listOf("enrol")
            Today -> listOf("today")
            Sync -> listOf("sync")
            is AUnit -> listOf("unit", place.unit)
            is Room -> listOf("room", place.unit, place.room)
            is NewSnag -> listOf("new-snag", place.unit, place.room.orEmpty(), place.line.orEmpty())
            is Snags -> listOf("snags", place.unit)
            is ASnag -> listOf("snag", place.snag)
            is Plan -> listOf("plan", place.unit, place.snag.orEmpty())
            is Draw -> listOf("draw", place.snag, place.photo)
            is Owner -> listOf("owner", place.unit)
            is Sign -> listOf("sign", place.unit)
            is Crew -> listOf("crew", place.snag)
            is Settle -> listOf("settle", place.conflict)
            is Papers -> listOf("papers", place.unit)
        }.joinToString("$BETWEEN")

        /** `null` for what an earlier or later version of the app wrote and this one does not know. */
        fun read(text: String): Place? {
            val part = text.split(BETWEEN)
            val some = { i: Int -> part.getOrNull(i)?.takeIf { it.isNotEmpty() } }
            return when (part[0]) {
                "enrol" -> Enrol
                "today" -> Today
                "sync" -> Sync
                "unit" -> some(1)?.let { AUnit(it) }
                "room" -> some(1)?.let { unit -> some(2)?.let { Room(unit, it) } }
                "new-snag" -> some(1)?.let { NewSnag(it, some(2), some(3)) }
                "snags" -> some(1)?.let { Snags(it) }
                "snag" -> some(1)?.let { ASnag(it) }
                "plan" -> some(1)?.let { Plan(it, some(2)) }
                "draw" -> some(1)?.let { snag -> some(2)?.let { Draw(snag, it) } }
                "owner" -> some(1)?.let { Owner(it) }
                "sign" -> some(1)?.let { Sign(it) }
                "crew" -> some(1)?.let { Crew(it) }
                "settle" -> some(1)?.let { Settle(it) }
                "papers" -> some(1)?.let { Papers(it) }
                else -> null
            }
        }
    }
}
