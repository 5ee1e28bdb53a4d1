# 简体中文。与 en.ftl 键相同（有测试比对）。

# 规则
rule-role = 您的角色（{ $role }）不能做这一步（{ $act }）。请联系客服部。
rule-snag-needs = 还缺“{ $field }”，补上才能记下问题。
rule-empty-change = 没有改动。
rule-exists = 已经有了。
rule-not-found = 本机没有这条记录。请先同步，或核对编号。
rule-phase = 现在不能这样做：当前是“{ $phase }”（{ $act }）。
rule-text-long = “{ $field }”文字太长，请缩短。
rule-pin-outside = 标记在户型图之外，请重新放置。
rule-line-reason = 第 { $line } 项不合格：请关联问题或写明原因。
rule-waiver-reason = 略过一部分须写明原因。
rule-reject-reason = 请写明驳回原因，维修队才知道怎么改。
rule-empty-text = 还没有文字。
rule-notice-method = 请写明通知的送达方式。
rule-repair-text = 请写明做了什么。
rule-revoke-reason = 请写明停用设备的原因。
rule-sign-level = 规则里没有这个签名等级。
rule-sign-all-or-part = 有未同意的项：请选“部分接受”，或全部同意。
rule-sign-reason = 不同意须写明原因。
rule-sign-witness = 业主不在场或不签时，须有见证人。
rule-sign-strokes = 请先签名。
rule-sign-record = 记录变了，请再看一遍再签。
rule-gate-precheck = 还不能预约：交付前查验的“{ $item }”未就绪。
rule-gate-filing = 还不能预约：缺竣工验收备案。未备案交房按逾期交付处理。
rule-close-part = “{ $part }”部分既未完成，也未写明略过原因。
rule-close-unsigned = 交房还没有签字。
