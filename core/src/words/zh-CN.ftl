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
## 照片
photo-empty = 这个文件是空的，里面没有照片。请重新拍一张。
photo-not-a-photo = 这不是照片文件。只能加入 JPEG、PNG、WebP 或 HEIC 照片，请换一张。
photo-unreadable = 读不到这张照片。请看看它是否已被移动或删除，再选一次。
photo-too-many-bytes = 这个文件有 { $size } MB，超过 { $limit } MB 的上限。请用普通拍照方式重拍一张。
photo-too-many-pixels = 这张图有 { $width } × { $height } 像素，超过 { $limit } 百万像素的上限。请重拍一张。
photo-bomb = 这个文件展开后异常巨大，不像相机拍的照片，没有收下。请直接用相机拍一张。
photo-low-space = 手机剩余空间只有 { $free } MB，至少要留 { $floor } MB 才能拍照。请先清理空间，已记录的内容都还在。
photo-no-space = 存储空间满了，这张照片没有存下。请先清理空间再拍，已记录的内容都还在。
photo-store-failed = 这张照片没能存到手机上。请再试一次；若仍不行，请联系客服，已记录的内容都还在。
photo-missing = 这台设备上没有这张照片的原图。联网同步后可以从服务器取回。
picture-needs-preview = 这张照片的格式要由手机系统来显示。原图已完好保存。
picture-unsupported = 这种图片格式暂时不能显示预览。原图已完好保存。
picture-undecodable = 这张照片已损坏，无法显示。原文件照样保存着。
picture-too-costly = 这张照片太大，本机无法制作预览。原图已完好保存。
## 规则数据
policy-syntax = { $file } 第 { $line } 行读不懂：{ $detail }
policy-bad-id = { $file }：{ $key } 的编号不合写法。
policy-id-twice = { $file }：{ $key } 出现了两次。
policy-unknown-id = { $file }：{ $key } 指向不存在的编号。
policy-name-missing = { $file }：{ $key } 缺中文或英文名称。
policy-bad-origin = { $file }：{ $key } 的来源与编号不符。
policy-bad-limit = { $file }：{ $key } 的限值、单位、点数或规则不成立。
policy-bad-range = { $file }：{ $key } 的起止颠倒。
policy-bad-unit = { $file }：{ $key } 的单位与类型不符。
policy-bad-date = { $file }：{ $key } 不是日期。
policy-bad-zone = { $file }：{ $key } 不是已知时区。
policy-value-missing = { $file }：缺 { $key }。
policy-text-places = { $file }：{ $key } 中英文的填空处不一致，或版本为 0。

## 实测判定
measure-limit-unset = 限值待确认
measure-pass = 已测 { $count } 点，最不利 { $worst }：合格（限值 { $limit }）。
measure-pass-rate = 已测 { $count } 点，{ $inside } 点在限值内，最不利 { $worst }：合格（限值 { $limit }，至少 { $share } % 的点在内，最大不超 { $most }）。
measure-fail = 已测 { $count } 点，最不利 { $worst }：不合格（限值 { $limit }）。请记问题或写明原因。
measure-draft = 已测 { $count } 点，最不利 { $worst }。限值来源待确认，只记录，不判定。
measure-no-design-value = 已测 { $count } 点。没有设计值或合同值，只记录，不判定。
measure-by-eye = 目测项，由人判断。
measure-incomplete = 已测 { $count } 点，还差 { $missing } 点（限值 { $limit }）。
measure-one-more = 已测 { $count } 点，{ $inside } 点在限值内。第 { $next } 点 { $limit } 就合格。

## 检查表
checklist-no-set = 规则里没有“{ $finish }、{ $stage }”的检查表。
checklist-unknown-space = 房间 { $room } 的空间类型 { $space } 不在规则里。
checklist-room-twice = 户型里房间 { $room } 出现了两次。

## 关口
gate-not-ready = 交付准备未完成：{ $item }。
gate-no-filing = 没有竣工验收备案，不能预约交房。
gate-filing-later = 竣工验收备案日期晚于预约日期。
gate-no-escort = 还没有指派陪同人。
gate-channel = 规则里没有“{ $channel }”这种送达方式。
gate-no-proof = { $channel } 送达须填单号或回执。
gate-notice-short = 通知距交房只有 { $given } 天，至少 { $needed } 天（通知当日不计）。
gate-part-open = “{ $part }”还有 { $open } 行未答；完成，或写明理由免检。
gate-part-missing = 缺“{ $part }”部分。
gate-lines-without-cause = 有 { $count } 行不合格或超限，还没有对应的问题或原因。
gate-not-signed = { $role } 还没有签字。
gate-level-low = { $role } 的签字等级为 { $reached }，须达到 { $needed }。
gate-identity-open = { $role } 的身份还没有核对。
gate-no-mandate = { $role } 没有委托书。
gate-no-witness = 业主未签字，须有 { $needed } 名见证人签字，现有 { $have } 名。
