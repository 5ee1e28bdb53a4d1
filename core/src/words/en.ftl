# English. One message per key; the same keys as zh-CN.ftl (a test compares them).

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
## Policy data
policy-syntax = { $file }, line { $line }, cannot be read: { $detail }
policy-bad-id = { $file }: the id of { $key } is not well formed.
policy-id-twice = { $file }: { $key } stands twice.
policy-unknown-id = { $file }: { $key } points at an id that does not exist.
policy-name-missing = { $file }: { $key } lacks its Chinese or English name.
policy-bad-origin = { $file }: the origin of { $key } does not fit its id.
policy-bad-limit = { $file }: limit, unit, points or rule of { $key } cannot be.
policy-bad-range = { $file }: { $key } ends before it begins.
policy-bad-unit = { $file }: the unit of { $key } does not fit its kind.
policy-bad-date = { $file }: { $key } is not a date.
policy-bad-zone = { $file }: { $key } is not a known time zone.
policy-value-missing = { $file }: { $key } is missing.
policy-text-places = { $file }: the places to fill in { $key } differ between the languages, or its version is 0.

## Verdicts on measurements
measure-limit-unset = limit to be confirmed
measure-pass = { $count } points, worst { $worst }: passed (limit { $limit }).
measure-pass-rate = { $count } points, { $inside } within the limit, worst { $worst }: passed (limit { $limit }, at least { $share } % of points within, none above { $most }).
measure-fail = { $count } points, worst { $worst }: failed (limit { $limit }). Record a snag or give the reason.
measure-draft = { $count } points, worst { $worst }. The limit's source is to be confirmed: recorded, not judged.
measure-no-design-value = { $count } points. No design or contract value: recorded, not judged.
measure-by-eye = Checked by eye: a person decides.
measure-incomplete = { $count } points, { $missing } more needed (limit { $limit }).
measure-one-more = { $count } points, { $inside } within the limit. It passes if point { $next } is { $limit }.

## Checklists
checklist-no-set = The rules have no checklist for { $finish }, { $stage }.
checklist-unknown-space = Room { $room } is of kind { $space }, which the rules do not know.
checklist-room-twice = Room { $room } stands twice in the layout.

## Gates
gate-not-ready = Not ready for handover: { $item }.
gate-no-filing = Without the completion filing no handover can be booked.
gate-filing-later = The completion filing is dated after the appointment.
gate-no-escort = No escort is assigned yet.
gate-channel = The rules know no dispatch by { $channel }.
gate-no-proof = Dispatch by { $channel } needs a tracking number or a receipt.
gate-notice-short = Only { $given } days of notice; at least { $needed } are needed (the day of the notice does not count).
gate-part-open = Part { $part } has { $open } lines open; answer them, or waive it with a reason.
gate-part-missing = Part { $part } is missing.
gate-lines-without-cause = { $count } failed or out-of-tolerance lines have neither a snag nor a reason.
gate-not-signed = { $role } has not signed yet.
gate-level-low = { $role } signed at level { $reached }; level { $needed } is required.
gate-identity-open = The identity of { $role } has not been checked.
gate-no-mandate = { $role } has no mandate on record.
gate-no-witness = The owner has not signed: { $needed } witnesses must sign, { $have } did.
