package app.keyturn.android

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import androidx.work.ForegroundInfo
import app.keyturn.R
import app.keyturn.core.FieldStore
import app.keyturn.core.Lang
import app.keyturn.core.StatusView
import app.keyturn.core.Urgency
import app.keyturn.core.word

/** What the app says while nobody looks: what needs a person, what is due. Never a name: it stands on a locked screen. */
class Notices(private val context: Context) {
    private val manager = context.service<NotificationManager>()

    /** The language of the app. */
    @Volatile
    var lang: Lang = Lang.ZH

    /** Words of the core, in the language of the app. */
    fun say(key: String, vararg args: Pair<String, Any>): String = word(lang, key, args.associate { (name, value) -> name to value.toString() })

    /** After a sync. What is no longer so is taken away. */
    fun tell(store: FieldStore, status: StatusView) {
        val due = if (status.revoked) 0 else store.today().count { it.urgency in URGENT }
        show(REVIEW, IMPORTANT, status.toReview.toLong(), say("app-sync-refused", "count" to status.toReview), say("app-sync-refused-why"))
        show(DUE, IMPORTANT, due.toLong(), say("app-notice-due", "count" to due), say("app-notice-due-why"))
        show(ASIDE, IMPORTANT, status.setAside.toLong(), say("app-notice-aside", "count" to status.setAside), say("app-notice-aside-why"))
        show(REVOKED, IMPORTANT, if (status.revoked) 1 else 0, say("app-revoked-title"), say("app-notice-revoked-why"))
    }

    private fun show(id: Int, channel: String, count: Long, title: String, text: String) {
        if (count == 0L) {
            manager.cancel(id)
        } else if (manager.activeNotifications.none { it.id == id && it.notification.extras.getCharSequence(Notification.EXTRA_TITLE) == title }) {
            // The same again would only ring again. Without the person's leave the system drops it.
            manager.notify(id, built(channel, title, text).setAutoCancel(true).build())
        }
    }

    /** While a sync runs on a phone before Android 12. */
    fun sending(): ForegroundInfo = ForegroundInfo(SENDING, built(QUIET, say("app-sync-going"), "").setOngoing(true).build())

    private fun built(channel: String, title: String, text: String): Notification.Builder {
        channels()
        val open = PendingIntent.getActivity(context, 0, MainActivity.intent(context), PendingIntent.FLAG_IMMUTABLE)
        return Notification.Builder(context, channel)
            .setSmallIcon(R.drawable.notice)
            .setColor(context.getColor(R.color.primary))
            .setContentTitle(title)
            .setContentText(text)
            .setStyle(Notification.BigTextStyle().bigText(text))
            .setContentIntent(open)
    }

    /** Made again with every notice: so their names follow the language. */
    private fun channels() {
        manager.createNotificationChannel(NotificationChannel(IMPORTANT, say("app-notice-channel"), NotificationManager.IMPORTANCE_DEFAULT))
        manager.createNotificationChannel(NotificationChannel(QUIET, say("app-notice-channel-quiet"), NotificationManager.IMPORTANCE_LOW))
    }

    internal companion object {
        const val IMPORTANT = "work"
        const val QUIET = "sync"
        const val REVIEW = 1
        const val DUE = 2
        const val ASIDE = 3
        const val REVOKED = 4
        const val SENDING = 5
        private val URGENT = setOf(Urgency.OVERDUE, Urgency.NOW, Urgency.TODAY)
    }
}
