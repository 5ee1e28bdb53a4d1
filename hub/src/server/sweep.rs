//! What ended is thrown away, for as long as the hub serves.

use crate::hub::Hub;
use std::time::Duration;

/// How often uploads that ran out are looked for.
const UPLOADS_EVERY: Duration = Duration::from_secs(60);
/// Of these rounds, every how many one looks for invitations, links, logins and codes as well.
const PASSES_EVERY: u32 = 60;

pub(super) async fn sweep(hub: Hub) {
    let mut round = 0u32;
    loop {
        if let Err(error) = hub.sweep_uploads().await {
            tracing::warn!(?error, "old uploads could not be thrown away");
        }
        if round.is_multiple_of(PASSES_EVERY) {
            match hub.sweep_passes().await {
                Ok(0) => {}
                Ok(n) => tracing::info!(n, "ended invitations, links and logins were thrown away"),
                Err(error) => tracing::warn!(%error, "ended invitations, links and logins could not be thrown away"),
            }
        }
        round = round.wrapping_add(1);
        tokio::time::sleep(UPLOADS_EVERY).await;
    }
}
