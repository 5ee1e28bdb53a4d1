# English. One message per key; the same keys as zh-CN.ftl (a test compares them).
