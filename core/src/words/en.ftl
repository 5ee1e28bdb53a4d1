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
