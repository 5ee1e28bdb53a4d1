//! Printed documents: every kind in every state, in both languages. `KEYTURN_KEEP_REPORTS=DIR` keeps the files to look at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{model::Digest, report::*, words::Lang};
use keyturn_tests::{report_fixture::*, report_variants::*, tools};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Name, language, file and what `render` gave.
type Printed = (String, Lang, PathBuf, Pdf);

/// All documents, made once.
fn printed() -> &'static [Printed] {
    static PRINTED: OnceLock<(Vec<Printed>, Option<tempfile::TempDir>)> = OnceLock::new();
    &PRINTED
        .get_or_init(|| {
            let (folder, temporary) = match std::env::var_os("KEYTURN_KEEP_REPORTS") {
                Some(kept) => (PathBuf::from(kept), None),
                None => {
                    let temporary = tempfile::tempdir().unwrap();
                    (temporary.path().to_owned(), Some(temporary))
                }
            };
            std::fs::create_dir_all(&folder).unwrap();
            let mut done = Vec::new();
            for (name, document, album) in all() {
                for lang in [Lang::Zh, Lang::En] {
                    let pdf = render(&document, lang, &album).unwrap_or_else(|e| panic!("{name} {}: {e}", lang.tag()));
                    let path = folder.join(format!("{name}-{}.pdf", if lang == Lang::Zh { "zh" } else { "en" }));
                    std::fs::write(&path, &pdf.bytes).unwrap();
                    done.push((name.to_owned(), lang, path, pdf));
                }
            }
            (done, temporary)
        })
        .0
}

fn file(name: &str, lang: Lang) -> &'static Printed {
    printed().iter().find(|p| p.0 == name && p.1 == lang).unwrap()
}

/// A program of the machine, or `None` with a loud word about what was not checked.
fn tool(program: &str) -> Option<Command> {
    if tools::on_path(program) {
        return Some(Command::new(program));
    }
    tools::skipped("printed documents", &format!("{program} is not on this machine (Debian: poppler-utils); the printed pages were not read back"));
    None
}

/// The text of the pages, one string per page, in reading order.
fn pages(path: &Path) -> Option<Vec<String>> {
    let out = tool("pdftotext")?.args(["-raw", "-enc", "UTF-8"]).arg(path).arg("-").output().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
}

/// Text without any white space, so that line breaks and justification do not matter.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

fn text_of(name: &str, lang: Lang) -> Option<String> {
    Some(squeezed(&pages(&file(name, lang).2)?.concat()))
}

#[test]
fn every_document_is_pdf_a_2b() {
    let Some(mut verapdf) = tools::verapdf() else {
        return tools::skipped("every_document_is_pdf_a_2b", "veraPDF or java is not here; PDF/A was not checked");
    };
    let files: Vec<&PathBuf> = printed().iter().map(|p| &p.2).collect();
    let out = verapdf.args(["--flavour", "2b"]).args(&files).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    let passed = said.lines().filter(|l| l.starts_with("PASS ")).count();
    assert_eq!(passed, files.len(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    // The checker checks: a file whose claim is spoilt is refused.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.pdf");
    let mut bytes = std::fs::read(files[0]).unwrap();
    let at = bytes.windows(10).position(|w| w == b"pdfaid:par").unwrap();
    bytes[at] = b'x';
    std::fs::write(&broken, bytes).unwrap();
    let out = tools::verapdf().unwrap().args(["--flavour", "2b"]).arg(&broken).output().unwrap();
    assert!(!String::from_utf8_lossy(&out.stdout).contains("PASS "));
}

// S0-11
#[test]
fn the_acceptance_report_says_what_happened_in_both_languages() {
    let Some(zh) = text_of("in-part", Lang::Zh) else { return };
    for words in [
        "交房验收报告",
        "Homehandoveracceptancereport",
        "云溪雅苑一期2号楼1单元1102",
        "部分接受",
        "12项中接受11项，不接受1项（第1项）",
        "陈静怡，本人到场",
        "148检查行",
        "住宅质量保证书",
        "SB-40117",
        "3.2m³",
        "返修留用（业主同意）",
        "地砖空鼓3块",
        "“应整间更换，不是只换3块。”",
        "敲击空鼓3块，非边角",
        "GB50210-2018",
        "省级参数未确认",
        "不判",
        "指纹锁，五年质保",
        "燃气什么时候通？",
        "三块都在一间",
        "2：手写笔迹+一次性验证码，尾号2046",
        "2026-09-1211:38:04+08:00（离线2时32分）",
        "2026-09-1213:05:51收到；钟差+2秒",
        "也不放弃日后报修、索赔的权利",
        "不能证明的",
        "keyturnverify2-1-1102.ktbundle--hub-key",
        "可信时间戳机构",
        "身份证件当面核对，未留存号码",
        "附录：检查记录",
        "附录：照片",
    ] {
        assert!(zh.contains(words), "not printed: {words}");
    }
    let en = text_of("in-part", Lang::En).unwrap();
    for words in [
        "Homehandoveracceptancereport",
        "交房验收报告",
        "Acceptedinpart",
        "11of12itemsaccepted,1refused(no.1)",
        "Livingroom,floor",
        "3hollowtiles",
        "走上去有空声，三块都响。",
        "notjudged",
        "Whatitcannotprove",
        "drawnsignature+one-timecode",
    ] {
        assert!(en.contains(words), "not printed: {words}");
    }
    // The owner's words are the owner's in every language.
    assert!(en.contains("应整间更换，不是只换3块。"));
}

#[test]
fn every_state_is_said() {
    if tool("pdftotext").is_none() {
        return;
    }
    let said = |name: &str, lang, words: &[&str]| {
        let text = text_of(name, lang).unwrap();
        for w in words {
            assert!(text.contains(w), "{name}: not printed: {w}");
        }
    };
    said("accepted", Lang::Zh, &["12项问题，业主全部接受处理意见"]);
    said("refused-owner-absent", Lang::Zh, &["未签字", "12项待整改；12项未表态", "未到场", "电话告知后未到场", "见证Witness方敏"]);
    said("refused-to-sign", Lang::Zh, &["拒绝接受", "拒绝签字", "地砖整间不换就不收房。"]);
    said(
        "representative-temporary-number",
        Lang::Zh,
        &[
            "L-07-0031（临时）",
            "ŁukaszNguyễn",
            "授权委托书（公证）",
            "尚未收到",
            "服务端尚未签收",
            "设备尚未联系服务端",
            "免做：小区正式供电前不能试对讲（项目经理）",
        ],
    );
    said("no-snags", Lang::Zh, &["未发现问题"]);
    said("draft", Lang::Zh, &["草稿", "未封印", "未完成", "尚无签字"]);
    said("draft", Lang::En, &["DRAFT", "notsealed"]);
    said("superseded-raster-plan-long-words", Lang::Zh, &["已被第2版替代", "本版已被第2版替代，仍可调取和核验"]);
    // Nothing runs off the end of a page: all four long texts are there to the last word.
    assert_eq!(text_of("superseded-raster-plan-long-words", Lang::Zh).unwrap().matches('话').count(), 4 * 300);
    said("erased", Lang::Zh, &["已依法删除", "笔迹已依法删除"]);
    assert!(!text_of("erased", Lang::Zh).unwrap().contains("陈静怡"));
    said("pictures-missing", Lang::Zh, &["照片损坏", "文件在第1204312字节处中断", "原件在服务端", "HEIC，无预览", "无照片", "平面图不在本机或无法显示"]);
    // S0-12
    said(
        "rectification",
        Lang::Zh,
        &["问题整改记录", "12项中10项经业主确认", "返工1次", "“胶打歪了，还有气泡。”", "驳回", "修前", "修后", "马建国", "逾期完成", "PG-202609-0062"],
    );
    said("rectification-empty", Lang::En, &["Nothingtoputright"]);
    // S4-12
    said(
        "notice",
        Lang::Zh,
        &["入住通知单", "致陈静怡、林志远", "2026-09-12", "周六", "挂号信", "RR123456785CN", "未证明", "签收回执照片", "王磊（工号0117）", "备案号2026-0331"],
    );
    said("notice-unsent", Lang::En, &["Notsentyet."]);
    // S3-02, S0-15
    said("pledge", Lang::Zh, &["服务承诺", "cn-default@1", "2小时内", "投诉怎么处理", "加密"]);
    said("pledge", Lang::En, &["Servicepledge", "3workingdaysoftheworkorder"]);
    // S1-16
    said("guide", Lang::Zh, &["收房指引", "身份证件原件", "核对身份", "约150分钟", "您的权利", "工程质量", "客户服务部"]);
}

#[test]
fn each_page_stands_alone() {
    if tool("pdftotext").is_none() {
        return;
    }
    for (name, lang, path, pdf) in printed() {
        let pages = pages(path).unwrap();
        assert_eq!(pages.len(), pdf.pages, "{name}");
        for (i, page) in pages.iter().enumerate() {
            let (page, n) = (squeezed(page), pages.len());
            let number = if *lang == Lang::Zh { format!("第{}页/共{n}页", i + 1) } else { format!("Page{}of{n}", i + 1) };
            assert!(page.contains(&number), "{name}: page number on page {}", i + 1);
            if name.starts_with("pledge") {
                // For every home of the community, from no record.
                continue;
            }
            let unit = if *lang == Lang::Zh { "云溪雅苑一期2-1-1102" } else { "YunxiGarden1,2-1-1102" };
            assert!(page.contains(unit), "{name}: unit on page {}", i + 1);
            let proof = if name.contains("draft") || name == "rectification-empty" {
                if *lang == Lang::Zh { "未封印" } else { "notsealed" }
            } else if *lang == Lang::Zh {
                "摘要digest"
            } else {
                "digest摘要"
            };
            assert!(page.contains(proof), "{name}: proof on page {}", i + 1);
        }
    }
    let digest = squeezed(&Digest::of(b"JF-2026-0098").short());
    assert!(squeezed(&pages(&file("in-part", Lang::Zh).2).unwrap()[1]).replace('⋯', "…").contains(&digest));
}

#[test]
fn headings_tables_and_pictures_are_tagged() {
    let Some(mut info) = tool("pdfinfo") else { return };
    let (.., path, _) = file("in-part", Lang::Zh);
    let out = info.arg("-struct").arg(path).output().unwrap();
    let tags = String::from_utf8_lossy(&out.stdout);
    let count = |tag: &str| tags.lines().filter(|l| l.split_whitespace().next().map(|t| t.trim_end_matches(':')) == Some(tag)).count();
    assert_eq!(count("H1"), 1);
    assert_eq!(count("H2"), 14, "12 sections (S0-31, S0-32 among them) and 2 annexes");
    assert_eq!(count("Table"), count("THead") + 1, "only the list of what the digest covers has no head");
    assert!(count("TH") > 40 && count("TD") > 700);
    // 12 snags and 18 pictures of the annex, the plan, three signatures, the QR code.
    assert_eq!(count("Figure"), 35);
}

#[test]
fn tables_repeat_their_head() {
    let Some(pages) = pages(&file("in-part", Lang::Zh).2) else { return };
    let heads = pages.iter().filter(|p| squeezed(p).contains("号部位与问题Snag业主所述/查验所见")).count();
    let rows = pages.iter().filter(|p| p.contains("轻微")).count();
    assert!(rows >= 2, "the fixture's table breaks over pages");
    assert_eq!(heads, rows);
}

#[test]
fn words_of_users_are_printed_and_never_run() {
    let (.., pdf) = file("hostile-text", Lang::Zh);
    assert_eq!(pdf.missing_glyphs, ['😭', '𠮷', '\u{202e}']);
    let Some(text) = text_of("hostile-text", Lang::Zh) else { return };
    let verbatim = squeezed(&HOSTILE.replace(['😭', '𠮷', '\u{202e}'], "〓"));
    assert!(text.matches(&verbatim).count() >= 7, "the hostile words are not printed as they are");
    assert!(text.contains("U+1F62DU+20BB7U+202E"), "the note names what is missing");
    assert!(text.contains(&"W".repeat(120)), "a word too long for its column");
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    for (name, document, album) in all().into_iter().take(3) {
        // Through JSON, as a device and the hub would hand it on.
        let copy: Document = serde_json::from_slice(&serde_json::to_vec(&document).unwrap()).unwrap();
        assert_eq!(copy, document);
        let again = render(&copy, Lang::Zh, &album).unwrap();
        assert_eq!(Digest::of(&again.bytes), Digest::of(&file(name, Lang::Zh).3.bytes), "{name}");
    }
    let (mut report, album) = acceptance();
    report.sheet.version = 2;
    let other = render(&Document::AcceptanceReport(Box::new(report)), Lang::Zh, &album).unwrap();
    assert_ne!(other.bytes, file("in-part", Lang::Zh).3.bytes);
}

#[test]
fn every_font_is_in_the_file() {
    let Some(mut fonts) = tool("pdffonts") else { return };
    for (name, .., path, _) in printed() {
        let out = fonts.arg(path).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        for line in text.lines().skip(2) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let flags = &columns[columns.len() - 5..columns.len() - 2];
            assert!(line.contains("+Keyturn") && flags == ["yes", "yes", "yes"], "{name}: {line}");
        }
        assert!(text.lines().count() > 2);
        fonts = Command::new("pdffonts");
    }
}

/// A JPEG with an EXIF block that holds nothing but an orientation.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif = [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0, 0, 0, 0, 0, 0]].concat();
    [&jpeg[..2], &[0xff, 0xe1], &(exif.len() as u16 + 2).to_be_bytes(), &exif, &jpeg[2..]].concat()
}

#[test]
fn photographs_stand_upright_and_keep_no_metadata() {
    // The stored pixels are turned so that the orientation puts them right: the blue corner comes out at the top left each time.
    let upright = draw_photo(1, 640, 480);
    for orientation in 1..=8 {
        let stored = match orientation {
            2 => image::imageops::flip_horizontal(&upright),
            3 => image::imageops::rotate180(&upright),
            4 => image::imageops::flip_vertical(&upright),
            5 => image::imageops::flip_horizontal(&image::imageops::rotate90(&upright)),
            6 => image::imageops::rotate270(&upright),
            7 => image::imageops::flip_horizontal(&image::imageops::rotate270(&upright)),
            8 => image::imageops::rotate90(&upright),
            _ => upright.clone(),
        };
        let (mut report, mut album) = acceptance();
        let key = Digest::of(&[orientation]);
        album.set(key, Picture::Jpeg(turned(&jpeg(&stored), orientation)));
        report.snags.truncate(1);
        report.snags[0].photos = vec![Photo { digest: key, taken: None, about: Words::default(), drawing: Vec::new() }];
        report.plans.clear();
        let pdf = render(&Document::AcceptanceReport(Box::new(report)), Lang::Zh, &album).unwrap();
        assert!(!pdf.bytes.windows(6).any(|w| w == b"Exif\0\0"));
        let Some(mut rasterise) = tool("pdftoppm") else { return };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.pdf"), &pdf.bytes).unwrap();
        assert!(rasterise.args(["-png", "-r", "60"]).arg(folder.path().join("a.pdf")).arg(folder.path().join("p")).status().unwrap().success());
        let mut found = Vec::new();
        let mut pages: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "png")).collect();
        pages.sort();
        for page in pages {
            let page = image::open(page).unwrap().to_rgb8();
            let blue: Vec<(u32, u32)> = page.enumerate_pixels().filter(|(_, _, p)| p[2] > 130 && p[0] < 80 && p[1] < 110).map(|(x, y, _)| (x, y)).collect();
            if let Some((x, y)) = blue.first() {
                // Below and right of the corner is the picture, above and left of it is paper.
                let white = |x: u32, y: u32| page.get_pixel(x, y).0.iter().all(|c| *c > 245);
                assert!(white(x - 4, *y) && white(*x, y - 4), "orientation {orientation}: the blue corner is not at the top left");
                assert!(!white(x + 30, *y) && !white(*x, y + 25));
                found.push((*x, *y));
                break;
            }
        }
        assert_eq!(found.len(), 1, "orientation {orientation}: no picture on the page");
    }
}

#[test]
fn three_hundred_photographs_go_through_as_they_are() {
    let (mut report, mut album) = acceptance();
    for n in 0..270 {
        let digest = album.add(jpeg(&draw_photo(5000 + n, 640, 480)));
        report.snags[n as usize % 12].photos.push(Photo { digest, taken: Some(at(10, 0, 0)), about: Words::default(), drawing: Vec::new() });
    }
    let document = Document::AcceptanceReport(Box::new(report));
    assert_eq!(document.photos().len(), 300);
    let pdf = render(&document, Lang::Zh, &album).unwrap();
    // JPEGs go through as they are: the file is no larger than its pictures and the pages around them.
    let pictures: usize = document
        .photos()
        .iter()
        .map(|d| match album.photo(d) {
            Picture::Jpeg(j) => j.len(),
            _ => 0,
        })
        .sum();
    assert!(pdf.bytes.len() < pictures + 2_000_000, "{} of {pictures}", pdf.bytes.len());
}
