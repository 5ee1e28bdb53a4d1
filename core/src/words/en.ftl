# English. One message per key; the same keys as zh-CN.ftl (a test compares them).

<<<<<<< HEAD
# Rules
rule-role = As { $role } you may not do this ({ $act }). Ask the service office.
rule-snag-needs = The snag needs its { $field } before it can be recorded.
rule-empty-change = Nothing was changed.
rule-exists = This exists already.
rule-not-found = This record is not on this device. Sync first, or check the number.
rule-phase = This does not fit now: it is “{ $phase }” ({ $act }).
rule-text-long = The text in { $field } is too long. Shorten it.
rule-pin-outside = The pin lies outside the plan. Set it again.
rule-line-reason = Line { $line } is not in order: link a snag or give the reason.
rule-waiver-reason = Leaving out a part needs a reason.
rule-reject-reason = Say why it is rejected, so that the crew knows what to do.
rule-empty-text = There are no words yet.
rule-notice-method = Say how the notice was sent.
rule-repair-text = Say what was done.
rule-revoke-reason = Say why the device is revoked.
rule-sign-level = This level of signature is not one the rules know.
rule-sign-all-or-part = Some items are not agreed: choose “in part” or agree to all.
rule-sign-reason = Not agreeing needs a reason.
rule-sign-witness = When the owner is absent or does not sign, a witness must be named.
rule-sign-strokes = Please sign first.
rule-sign-record = The record has changed. Read it once more, then sign.
rule-gate-precheck = No appointment yet: the pre-check item “{ $item }” is not ready.
rule-gate-filing = No appointment yet: the completion filing is missing. A handover without it counts as late delivery.
rule-close-part = Part “{ $part }” is neither completed nor left out with a reason.
rule-close-unsigned = The handover has no signature yet.
=======
## Photographs
photo-empty = This file is empty; there is no photo in it. Please take it again.
photo-not-a-photo = This is not a photo. Only JPEG, PNG, WebP or HEIC photos can be added; please choose another.
photo-unreadable = The photo cannot be read. See whether it was moved or deleted, then choose it again.
photo-too-many-bytes = This file has { $size } MB; { $limit } MB are the limit. Please take an ordinary photo.
photo-too-many-pixels = This picture has { $width } × { $height } pixels; { $limit } megapixels are the limit. Please take it again.
photo-bomb = This file unpacks to an abnormal size, unlike any camera's photo, and was not taken in. Please take one with the camera.
photo-low-space = Only { $free } MB are free; { $floor } MB must be free to take a photo. Please make room; everything recorded so far is safe.
photo-no-space = The storage is full and this photo was not kept. Please make room first; everything recorded so far is safe.
photo-store-failed = This photo could not be stored on the device. Please try again, and call support if it fails again; everything recorded so far is safe.
photo-missing = The original of this photo is not on this device. It can be fetched from the hub when you are online.
picture-needs-preview = This kind of photo is shown by the phone's own system. The original is safely kept.
picture-unsupported = This kind of image cannot be previewed. The original is safely kept.
picture-undecodable = This photo is damaged and cannot be shown. The file is kept all the same.
picture-too-costly = This photo is too large for a preview to be made on this device. The original is safely kept.
>>>>>>> 4753c06 (Photographs: originals kept by digest, facts from their bytes, upright pictures)
