#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyturn_tests::decoders::event(bytes));
