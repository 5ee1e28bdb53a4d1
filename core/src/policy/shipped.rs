//! The profiles that are shipped with the program, read-only. A new one is a new file and one line here.

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        /// File name and text of each.
        pub(super) const FILES: [(&str, &str); [$($name),+].len()] = [$((concat!("profiles/", $name, ".toml"), include_str!(concat!("data/profiles/", $name, ".toml")))),+];
    };
}

shipped![
    "cn-law@1",
    "cn-zhejiang@1",
    "cn-beijing@1",
    "cn-chongqing@1",
    "cn-shandong@1",
    "cn-guangdong@1",
    "cn-hangzhou@1",
    "cn-shanghai@1",
    "keyturn-product@1",
    "cn-rights-protection@1",
    "cn-aftersales-norm@1",
    "cn-two-tier-complaint@1",
    "cn-service-pledge@1",
    "cn-trade-repair-settlement@1",
    "cn-default@1",
];
