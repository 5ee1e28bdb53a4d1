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

## Office console
console-brand = Keyturn
console-skip = Skip to the page
console-nav = Pages
console-nav-today = Today
console-nav-units = Units
console-nav-snags = Snags
console-nav-reviews = Reviews
console-nav-devices = Devices
console-search = Find snags
console-search-in = Unit, number, place or words
console-logout = Log out
console-close = Close
console-fresh-at = As of { $time }
console-fresh-devices = { $recent } of { $n } devices in contact within the hour
console-fresh-lost = No contact with the hub since
console-units-n = { $plural ->
    [one] { $n } unit
   *[other] { $n } units
  }
console-devices-n = { $plural ->
    [one] { $n } device in use
   *[other] { $n } devices in use
  }
console-open-n = { $n } open
console-handed-over-n = { $n } handed over
console-overdue-units-n = { $plural ->
    [one] { $n } unit overdue
   *[other] { $n } units overdue
  }
console-in-handover-n = { $n } under way
console-photos-n = { $plural ->
    [one] { $n } photo
   *[other] { $n } photos
  }
console-rework-n = Rework { $n }
console-round-n = Round { $n }
console-version-n = version { $n }
console-just-now = just now
console-ago = { $span } ago
console-span-day = { $n } d
console-span-hour = { $n } h
console-span-minute = { $n } min
console-span-second = { $n } s
console-weekday-1 = Monday
console-weekday-2 = Tuesday
console-weekday-3 = Wednesday
console-weekday-4 = Thursday
console-weekday-5 = Friday
console-weekday-6 = Saturday
console-weekday-7 = Sunday
console-today-date = Today, { $weekday } { $date }
console-due-over = { $span } over
console-due-left = { $span } left
console-due-none = No date agreed
console-over-short = Late
console-soon-short = Soon
console-with-overdue = { $plural ->
    [one] { $n } unit with overdue
   *[other] { $n } units with overdue
  }
console-with-soon = { $plural ->
    [one] { $n } unit with due soon
   *[other] { $n } units with due soon
  }
console-all-confirmed = All confirmed
console-sign-pending = To hand over
console-sign-in-handover = Handover under way
console-sign-conflict = To settle
console-sign-refused = Not taken up
console-sign-damaged = Original damaged
console-sign-signed = Signed
console-sign-waiting = Waiting
console-board-hint = Each cell: state, door, deadline, open snags; the most urgent state stands for the unit
console-board-empty = No units yet
console-board-empty-next = Import the register with keyturn import; the buildings then stand here.
console-floor = Floor
console-entrance-n = Entrance { $name }
console-unit-chosen = The unit chosen
console-side-empty = Choose a unit to see its snags, history and documents.
console-of-confirmed = { $total } in all, { $confirmed } confirmed
console-recent = Lately
console-nothing-yet = Nothing yet
console-documents = Documents
console-documents-none = The report and the bundle are made after signing.
console-superseded = Superseded
console-superseded-at = Superseded { $when }; this version stays as it was signed
console-all-safe = All { $records } records and { $photos } photos of this unit are checked on the hub
console-some-safe = { $safe } of { $photos } photos are checked on the hub; the rest are still on devices
console-open-timeline = Open timeline
console-unit-snags = Snag list
console-unit-no-snags = No snags were recorded
console-timeline = History
console-timeline-note = Each line leads back to a device's record
console-facts = Facts
console-refused = Records not taken up
console-refused-kept = Kept as they came, and marked
console-refused-none = None
console-signatures = Signatures
console-signatures-none = Nothing signed yet
console-owner-link = Owner's link
console-owner-link-once = Give it to the owner now: the address is shown only this once.
console-owner-link-dates = Made { $made }, ends { $ends }
console-owner-link-used = Last opened { $when }
console-owner-link-unused = Not opened yet
console-owner-link-revoked = Revoked
console-owner-link-ended = Ended
console-owner-link-revoke = Revoke
console-owner-link-new = { $plural ->
    [one] New link ({ $n } day)
   *[other] New link ({ $n } days)
  }
console-photo = Photo
console-photo-none = The photo has not reached the hub yet
console-original = Download original
console-photos-found = Photos of the finding
console-before = Before
console-after = After
console-no-photo-before = No photo before
console-no-photo-after = No photo after yet
console-arrived = arrived { $when }
console-reported-done = reported done { $when }
console-owner-said = Owner's words
console-owner-said-nothing = The owner added nothing
console-finding = Inspector's finding
console-finding-none = No finding yet
console-pin = Place on the plan
console-pin-label = Plan of the unit with the place of the snag
console-snag-conflict = “{ $field }” has two values that wait for a decision.
console-settle = Settle
console-two-values = Two values
console-col-due = Due
console-col-unit = Unit
console-col-snag = Snag
console-col-state = State
console-col-crew = Crew
console-col-photos = Photos
console-col-number = Number
console-col-person = Person
console-col-device = Device
console-col-contact = Last contact
console-col-note = Note
console-col-clock = Clock offset
console-col-offline = Offline left
console-no-crew = Not given
console-snags-found = { $plural ->
    [one] { $n } snag
   *[other] { $n } snags
  }
console-snags-none = No snags
console-snags-no-hit = No snag fits
console-snags-no-hit-why = A snag on a device without a network appears after that device has synced.
console-filter-late = Overdue only
console-filter-all = All
console-filter-building = Building
console-filter-text = Words
console-filter-apply = Filter
console-filter-clear = Clear
console-previous = Previous
console-next = Next
console-devices-count = { $n } in use · { $revoked } revoked
console-devices-none = No devices yet
console-devices-none-next = Invite the first one: give its user a one-time code.
console-device-complete = Complete
console-device-unsent = Unsent
console-device-silent = Silent
console-device-revoked = Revoked
console-age-hour = In contact within the hour
console-age-day = Within { $span }
console-age-silent = Silent for more than { $span }
console-age-older = Earlier
console-unsent-records = Unsent records
console-unsent-photos = Unsent photos
console-last-told = as last told
console-clocks-off = Clocks off
console-clocks-note = order not affected
console-never = Never
console-unknown = Unknown
console-revoke = Revoke
console-revoke-title = Revoke this device
console-revoke-text = It will get nothing more and its certificate ends. What it already holds can still be sent; that is kept, marked and left to your decision.
console-revoke-unsent = It last told of { $records } records and { $photos } photos not yet sent. It is safer to have its user sync first.
console-revoke-type = Type the device's name “{ $name }” to confirm
console-revoke-wrong = The name does not match. The device was not revoked.
console-revoked-already = This device is revoked.
console-revoke-done = { $name } is revoked.
console-invite = Invite a device
console-invite-text = A code belongs to one person, one role and one scope, and works once.
console-invite-role = Role
console-invite-scope = Scope
console-invite-make = Make a code
console-invite-once = The code is shown only this once.
console-invite-ends = Valid until { $when }
console-invite-fingerprint = Fingerprint of the hub's certificate
console-review-of = Review: { $field }
console-review-settled = Settled
console-reviews-open = { $n } to settle
console-reviews-settled = { $n } settled
console-reviews-none = Nothing to settle
console-reviews-none-why = When two devices change one field offline, both values appear here.
console-review-why = Why there are two values
console-review-why-1 = Two devices without a network changed the same field, neither knowing of the other. Both values are kept under their devices' seals; one is shown by a fixed rule until a person settles it.
console-review-why-2 = The rule: what was known comes first; otherwise corrected clocks decide, and a device whose clock is in doubt gives way. The order of arrival plays no part, so every device comes to the same result.
console-review-merged = Merged by themselves
console-review-merged-note = nothing to do
console-review-shown = Shown now
console-review-kept = Kept
console-settle-note = Both values and the reason stay in the history; every device agrees after its next sync
console-settle-choose = Choose a value
console-settle-take = Take { $who }’s: { $value }
console-settle-other = Another value
console-settle-reason = Reason (required)
console-settle-no-reason = Please give a reason; nothing was submitted yet.
console-settle-done = Settled. Every device agrees after its next sync.
console-fig-decide = To decide now
console-fig-open = Open snags
console-fig-rejected = { $n } rejected
console-fig-handed-over = Handed over
console-desk-empty = Nothing needs your decision now.
console-desk-next = Next due: { $when }.
console-desk-overdue = Overdue
console-desk-rejected = Rejected repairs
console-desk-due-soon = Due soon
console-desk-reviews = Reviews: one field, two values
console-desk-silent = Silent devices
console-desk-silent-none = Every device is in contact
console-desk-unsent = Last told: { $records } records, { $photos } photos unsent
console-desk-age = Age of the data
console-desk-age-note = Not yet on the hub (sum of what devices last told): { $records } records, { $photos } photos. What silent devices did since, the hub cannot know.
console-key-all = All keys
console-key-on = Single keys are on
console-key-rows = Row up, row down
console-key-move = Move
console-key-open = Open
console-key-open-unit = See the unit; again to open
console-key-overdue = Next overdue
console-key-neighbour = Previous, next
console-key-value = Choose a value
console-key-send = Settle
console-key-back = Back
console-key-search = Search
console-door-once = The link works once and for a few minutes.
console-door-back = Back to Today
console-door-logged-out = Please log in
console-door-logged-out-text = Get a one-time login link on the machine that runs the hub and open it in this browser.
console-door-link-used = This login link was used
console-door-link-used-text = Each link logs in once. Please get another one.
console-door-link-ended = This login link has run out
console-door-link-ended-text = Please get another one and open it soon.
console-door-link-unknown = This login link is unknown
console-door-link-unknown-text = It may have been cut off. Please get another one.
console-door-not-found = No such page, or not in your scope
console-door-not-found-text = Which of the two is not said here.
console-door-form-stale = This form has gone stale; nothing was submitted
console-door-form-stale-text = Go back, reload the page and try again.
console-door-broken = The hub could not do this
console-door-broken-text = Nothing was changed. Try again later; if it stays so, see the hub's log.

## Owner's pages
owner-fresh = Updated { $when }
owner-total = { $plural ->
    [one] { $n } item
   *[other] { $n } items
  }
owner-confirmed = { $n } confirmed
owner-open = { $n } open
owner-please-confirm = Please check
owner-nothing-to-confirm = No repair waits for your answer now
owner-round = Repair { $n }
owner-done-at = , done { $when }
owner-confirm = It is repaired, I confirm
owner-reject = Not repaired yet
owner-rights = You may take your time. Not confirming does not affect your warranty.
owner-working = Being worked on
owner-promised = Promised by { $date }
owner-no-date = No date agreed yet
owner-see = See
owner-confirmed-at = You confirmed { $when }
owner-documents = Documents
owner-link-ends = This link shows your home only and ends on { $date }.
owner-back = Back
owner-confirm-title = Confirm the repair
owner-confirm-means = After you confirm
owner-confirm-means-text = This item is closed, with your confirmation and its time on record. Your warranty stays; if it comes back you can ask for repair again.
owner-reject-what = What is wrong (tick any)
owner-reject-say = Please tell us
owner-reject-photo = Photos (optional)
owner-reject-photo-needed = Photos (at least one)
owner-reject-pick = Take or choose photos
owner-reject-after = What happens next
owner-reject-send = Send: not repaired yet
owner-reject-no-text = Please tell us what is not repaired; nothing was sent yet.
owner-reject-no-photo = Please add a photo; nothing was sent yet, and what you wrote is still here.
owner-reject-bad-photo = A photo could not be read: { $why } Nothing was sent yet, and what you wrote is still here.
owner-thanks = Received, thank you
owner-recorded-at = Recorded { $when }
owner-left = { $plural ->
    [one] { $n } more to check
   *[other] { $n } more to check
  }
owner-end-expired = This link ended on { $date }
owner-end-revoked = This link was revoked
owner-end-new-link = Please ask the service desk for a new link. What you had begun to write is still on this phone.
owner-end-unknown = This link does not open
owner-end-unknown-text = It may have been cut off. Open it again from the message, or ask the service desk.
owner-end-answered = This repair has been answered already
owner-end-answered-text = Perhaps on another phone or in person. Nothing was recorded twice.
owner-end-broken = It did not work just now
owner-end-broken-text = Nothing was changed. Please try again later; what you wrote is still on this phone.

# Field app
rule-unknown-item = “{ $item }” is not in the rules' lists.
rule-participant-name = A participant needs a name.
rule-part-open = Part “{ $part }” still has { $open } open lines.
rule-bad-date = “{ $date }” is no date. Write it as 2026-11-27.
rule-sign-snag = The signature answers an item that is not in the record.
rule-sign-code = A one-time code needs a connection to the hub. Sign with level 1 now; the code can be added later.
rule-repair-after-photo = Take a photo after the work first.
rule-no-conflict = There is nothing to settle here any more.
rule-notice-channel = “{ $method }” is not a way of dispatch in the rules.
rule-notice-proof = This way of dispatch needs its tracking number or receipt.
field-not-enrolled = This device has not joined a project yet. Scan the invite of the service office.
field-wrong-hub = The hub that answered is not the one the invite names. Nothing was joined. Compare the fingerprint with the service office.
field-not-found = Not on this device: { $what }. Sync, or check the number.
field-disk-full = The device is full. What was recorded is safe. Free some space, then go on.
field-store-later = These records were made by a later version of the app. Update the app; nothing was changed.
field-store = The device could not store it. What was recorded before is safe. Try again; if it stays, call the service office.
field-key = The device's key does not answer. What was recorded is safe; start the device again.
sign-words-head = { $unit }: record of the handover inspection, version { $version }
sign-words-counts = { $lines } checklist lines, { $snags } snags, { $photos } photos
sign-words-snag = { $number }. { $room }, { $element }: { $defect } ({ $severity }). Owner: “{ $owner }” Inspector: { $finding } Due: { $due }
sign-words-means = Signing means: I have seen this record and these photos, and my answers stand beside the items.
sign-words-not = Signing does not mean: that there are no other defects. The warranty and every later report stay possible.

# Sync, on the device
sync-link = The connection was cut. What was recorded is safe on this device; it goes on by itself.
sync-hub-said-no = The hub refused: { $en }
sync-untrusted = The hub's answer could not be trusted and was thrown away. Nothing is lost; tell the service office.
sync-fork-here = The hub holds another history of this device. It was probably copied or restored from a backup. Nothing is lost; tell the service office.
sync-device-revoked = This device was revoked. What it had recorded was handed over and kept; it receives nothing any more.
sync-cancelled = Stopped. What was sent stays sent; the rest goes on next time.
sync-hub-restored = The hub was restored from a backup and this photo is sent again.
## Register import
register-too-large = The file is too large: at most { $rows } rows and { $columns } columns. Please split it.
register-unknown-sheet = This sheet is not known. Sheets: { $en }.
register-unknown-column = This column is not known. Name it as the template does, or remove it.
register-missing-column = The column “{ $en }” is missing.
register-column-twice = This column stands twice.
register-missing = Required; it must not be empty.
register-formula = The cell holds a formula. Copy it and paste as values.
register-merged = The cell is merged. Unmerge it and fill in each row.
register-error-cell = The cell holds an error such as #REF!.
register-unreadable = The number is too large or not a number.
register-control = Holds invisible control characters; please type it again.
register-too-long = Too long; at most { $max } characters.
register-file-name = Only the file's name, without a folder.
register-not-number = Should be a whole number.
register-number-range = Should be between { $min } and { $max }.
register-not-area = Should be square metres, above 0, with at most three decimals.
register-not-date = Not a date. Please write 2026-09-30.
register-date-range = The date is outside the possible range.
register-not-phone = Not a phone number (7 to 15 digits).
register-not-percent = Should be a percentage between 0 and 100.
register-not-fraction = Should be a decimal between 0 and 1, with at most three places.
register-not-choice = Should be one of: { $en }.
register-duplicate = Repeats row { $row } of “{ $sheet }”. Tell co-owners apart by “Order”.
register-no-parent = The sheet “{ $en }” has no row for it, or that row is bad.
register-no-layout = There is no such layout. Write it in the sheet “Layouts” first.
register-layout-not-here = The sheet “Layouts” of this file has no such layout, or its row is bad.
register-floor-above = The floor is above the building's { $floors } storeys.
register-share-sum = The shares of this unit add up to more than 100 %.
register-room-twice = The room code stands twice in the layout.
register-room-key = A room code has lower-case letters, digits and underscores only.
register-room-box = Left, top, width and height: all or none, and within the plan.
register-term-twice = This term stands twice for the layout.

# Documents from the file of a unit
doc-identity = identity checked: { $how }
doc-present = present
doc-signed-accepted = Record version { $version }, accepted
doc-signed-in-part = Record version { $version }, accepted in part
doc-signed-refused = Record version { $version }, refused
doc-signed-absent = Record version { $version }, owner absent
doc-signed-not = Record version { $version }, owner did not sign
doc-signed-attested = Record version { $version }, recorded as found
doc-unit-full = { $community }, building { $building }, entrance { $entrance }, { $number }
doc-seal = { $key } · checkpoint { $size }
doc-rules = { $policy }; checklist of { $lines } lines; sources of limits under Measured values
doc-on-time = on time
doc-late = after the contract date
doc-area = predicted { $predicted }, surveyed { $surveyed }, difference { $percent }
doc-together = answered together with others
doc-lines-na = { $count } lines not applicable
doc-key-counter = pcs
doc-limit-draft = { $source } (draft)
doc-follow-up = to be followed up
doc-photo-of = photo: { $what }
doc-covers-snags = Snags
doc-covers-snags-holds = { $count } items with words, place and due date
doc-covers-photos = Photographs
doc-covers-photos-holds = { $count } originals, each by its hash
doc-covers-lines = Checklist and measures
doc-covers-lines-holds = { $count } lines with answers and points
doc-covers-handed = Meters, keys, documents
doc-covers-handed-holds = { $count } entries
doc-covers-rules = Rules
doc-covers-rules-holds = { $count } profile
doc-of-report = { $number }, version { $version }
doc-via-site = on site
doc-via-link = by link
doc-bring-id = Identity card, original
doc-bring-contract = Contract of sale
doc-bring-notice = This notice
doc-bring-mandate = If somebody stands in for you: a mandate and both identity cards
doc-guide-lead = What happens on the day, what you may ask for, and what comes after.
doc-right-refuse = You may refuse, in whole or for single items, with your reason in your own words.
doc-right-part = You may sign in part: what you do not agree to stands on the sheet.
doc-right-copy = You receive the report and the sealed file that anybody can check.
doc-right-later = Signing gives up no right to report defects later.
doc-right-order = The inspection does not depend on payments or property-management papers.
doc-after-due = Each snag has an agreed due date; you are told when it is done.
doc-after-recheck = We check every repair before you are asked; if it is not right, it is done again.
doc-after-warranty = The warranty runs from the handover, whatever the list says.
doc-service-office = Customer service
# Printed documents
report-template-failed = The document could not be made. No data has changed; please try again, and tell the service desk if it fails again.
report-pdf-failed = The document could not be written as PDF/A. No data has changed; please tell the service desk.
