//! Typst in process: templates and font from the program itself, no file of the machine, no package, no network, no clock.

use super::{AcceptanceReport, Document, Pdf, Picture, Pictures, Plan, PlanPicture, ReportError, Signature, SignatureAct, drawing, glyphs, picture, prepare};
use crate::words::Lang;
use chrono::{Datelike, FixedOffset, Timelike};
use std::{collections::HashMap, sync::OnceLock};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    ecow::EcoVec,
    foundations::{Array, Bytes, Datetime, Dict, Duration, IntoValue, Smart, Value},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
    visualize::{ExchangeFormat, RasterImage, SvgImage},
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

const TEMPLATES: [(&str, &str); 8] = [
    ("/words.typ", include_str!("templates/words.typ")),
    ("/form.typ", include_str!("templates/form.typ")),
    ("/proof.typ", include_str!("templates/proof.typ")),
    ("/acceptance.typ", include_str!("templates/acceptance.typ")),
    ("/rectification.typ", include_str!("templates/rectification.typ")),
    ("/notice.typ", include_str!("templates/notice.typ")),
    ("/guide.typ", include_str!("templates/guide.typ")),
    ("/pledge.typ", include_str!("templates/pledge.typ")),
];

/// Prints `doc` with `lang` leading. The same data and pictures give the same bytes, on a device as on the hub.
///
/// # Errors
/// [`ReportError`] when a template fails or the file is no PDF/A-2b: a fault of ours, never of the data.
pub fn render(doc: &Document, lang: Lang, pictures: &dyn Pictures) -> Result<Pdf, ReportError> {
    let result = print(doc, lang, pictures, true);
    // A plan drawn by others can hold what the engine refuses; the document is worth more than the drawing.
    let result = match (&result, doc) {
        (Err(_), Document::AcceptanceReport(report)) if !report.plans.is_empty() => print(doc, lang, pictures, false),
        _ => result,
    };
    // What the engine remembers between runs is of no use to the next document and holds its pictures in memory.
    typst::comemo::evict(0);
    result
}

fn print(doc: &Document, lang: Lang, pictures: &dyn Pictures, with_plans: bool) -> Result<Pdf, ReportError> {
    let (data, missing_glyphs) = prepare::prepare(doc, lang).map_err(|e| ReportError::Template(e.to_string()))?;
    let json = serde_json::to_vec(&data).map_err(|e| ReportError::Template(e.to_string()))?;
    let missing: String = missing_glyphs.iter().map(|c| format!("U+{:04X} ", u32::from(*c))).collect();

    let mut inputs = Dict::new();
    let mut put = |name: &str, value: Value| inputs.insert(name.into(), value);
    put("lang", (if lang == Lang::Zh { "zh" } else { "en" }).into_value());
    put("doc", Bytes::new(json).into_value());
    put("missing", missing.trim_end().into_value());
    put("photos", photos(doc, lang, pictures).into_value());
    let (main, signatures, plans, qr) = match doc {
        Document::AcceptanceReport(d) => {
            let plans = if with_plans { plans(d, lang, pictures) } else { d.plans.iter().map(|_| no_plan()).collect() };
            ("/acceptance.typ", &d.signatures[..], plans, d.proof.as_ref())
        }
        Document::RectificationRecord(d) => ("/rectification.typ", &d.signatures[..], Array::new(), d.proof.as_ref()),
        Document::HandoverNotice(_) => ("/notice.typ", &[][..], Array::new(), None),
        Document::HandoverGuide(_) => ("/guide.typ", &[][..], Array::new(), None),
        Document::ServicePledge(_) => ("/pledge.typ", &[][..], Array::new(), None),
    };
    put("signatures", signatures.iter().map(strokes).collect::<Array>().into_value());
    put("plans", plans.into_value());
    put("qr", bytes_or_none(qr.and_then(|p| drawing::qr_svg(&p.qr))));

    let world = Templates { library: LazyHash::new(Library::builder().with_inputs(inputs).build()), main: file_id(main)? };
    let pages = typst::compile::<PagedDocument>(&world).output.map_err(|e| ReportError::Template(told(&world, &e)))?;
    let bytes = typst_pdf::pdf(&pages, &options(doc, lang)?).map_err(|e| ReportError::Pdf(told(&world, &e)))?;
    Ok(Pdf { bytes, pages: pages.pages().len(), missing_glyphs })
}

/// Only times and names of the data itself go into the file's properties.
fn options(doc: &Document, lang: Lang) -> Result<PdfOptions, ReportError> {
    let sheet = doc.sheet();
    let offset_min = i32::from(sheet.frozen.offset_min).clamp(-23 * 60, 23 * 60);
    let timestamp = FixedOffset::east_opt(offset_min * 60).and_then(|zone| {
        let at = sheet.frozen.at_ms.to_utc().with_timezone(&zone);
        let (month, day) = (u8::try_from(at.month()).ok()?, u8::try_from(at.day()).ok()?);
        let (hour, minute, second) = (u8::try_from(at.hour()).ok()?, u8::try_from(at.minute()).ok()?, u8::try_from(at.second()).ok()?);
        let local = Datetime::from_ymd_hms(at.year(), month, day, hour, minute, second)?;
        Timestamp::new_local(local, offset_min)
    });
    let digest = sheet.digest.map(|d| d.to_string()).unwrap_or_default();
    Ok(PdfOptions {
        ident: Smart::Custom(format!("keyturn {} {} {digest} {}", sheet.number.text, sheet.version, lang.tag())),
        creator: Smart::Custom(Some("Keyturn 交房通".to_owned())),
        timestamp,
        standards: PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| ReportError::Pdf(format!("{e:?}")))?,
        ..PdfOptions::default()
    })
}

/// Every photograph by its digest: a picture to show, or the words for its frame.
fn photos(doc: &Document, lang: Lang, pictures: &dyn Pictures) -> Dict {
    let mut all = Dict::new();
    let words = |w: &super::Words| {
        let (first, second) = if lang == Lang::Zh { (&w.zh, &w.en) } else { (&w.en, &w.zh) };
        let text = if first.is_empty() { second } else { first };
        text.chars().filter(|c| !glyphs::is_silent(*c)).map(|c| if glyphs::can_write(c) { c } else { glyphs::SUBSTITUTE }).collect::<String>()
    };
    for digest in doc.photos() {
        let mut entry = Dict::new();
        let mut put = |k: &str, v: Value| entry.insert(k.into(), v);
        match pictures.photo(&digest) {
            Picture::Jpeg(jpeg) => match picture::wrap_jpeg(&jpeg) {
                Some(shown) => {
                    put("kind", "shown".into_value());
                    put("width", shown.width.into_value());
                    put("height", shown.height.into_value());
                    put("svg", Bytes::new(shown.svg).into_value());
                }
                None => put("kind", "damaged".into_value()),
            },
            Picture::Damaged(why) => {
                put("kind", "damaged".into_value());
                put("why", words(&why).into_value());
            }
            Picture::OnHubOnly => put("kind", "on_hub".into_value()),
            Picture::CannotBeShown(why) => {
                put("kind", "cannot".into_value());
                put("why", words(&why).into_value());
            }
        }
        all.insert(digest.to_string().as_str().into(), entry.into_value());
    }
    all
}

/// Widest plan with few pins and with many, in millimetres, and the greatest height.
const PLAN_WIDTH_MM: (f32, f32) = (105.0, 174.0);
const PLAN_HEIGHT_MM: (f32, f32) = (60.0, 150.0);
/// Above this many pins a plan takes the whole width and smaller pins.
const MANY_PINS: usize = 40;

fn plans(report: &AcceptanceReport, lang: Lang, pictures: &dyn Pictures) -> Array {
    report.plans.iter().map(|plan| plan_value(plan, lang, pictures.plan(&plan.picture)).unwrap_or_else(no_plan)).collect()
}

fn no_plan() -> Value {
    let mut none = Dict::new();
    none.insert("kind".into(), "missing".into_value());
    none.into_value()
}

fn plan_value(plan: &Plan, lang: Lang, picture: PlanPicture) -> Option<Value> {
    let (data, format, width, height) = match picture {
        PlanPicture::Svg(svg) => {
            let data = Bytes::new(svg);
            let image = SvgImage::new(data.clone()).ok()?;
            (data, "svg", image.width() as f32, image.height() as f32)
        }
        PlanPicture::Raster(raster) => {
            let (data, name) = picture::small_plan(raster)?;
            let data = Bytes::new(data);
            let image = RasterImage::plain(data.clone(), ExchangeFormat::detect(&data)?).ok()?;
            (data, name, image.width() as f32, image.height() as f32)
        }
        PlanPicture::Missing => return None,
    };
    if !(width > 0.0 && height > 0.0) {
        return None;
    }
    let many = plan.pins.len() > MANY_PINS;
    let (most, highest, radius) = if many { (PLAN_WIDTH_MM.1, PLAN_HEIGHT_MM.1, 2.0) } else { (PLAN_WIDTH_MM.0, PLAN_HEIGHT_MM.0, 2.5) };
    let w = most.min(highest * width / height);
    let h = w * height / width;
    let (placed, left_out) = drawing::place_pins(&plan.pins, (w, h), radius);
    let mut value = Dict::new();
    let mut put = |k: &str, v: Value| value.insert(k.into(), v);
    put("kind", "shown".into_value());
    put("format", format.into_value());
    put("data", data.into_value());
    put("w", f64::from(w).into_value());
    put("h", f64::from(h).into_value());
    put("radius", f64::from(radius).into_value());
    put("left_out", left_out.iter().map(|n| i64::from(*n).into_value()).collect::<Array>().into_value());
    let names = drawing::place_rooms(&plan.rooms, lang, &placed, (w, h), radius);
    put(
        "rooms",
        names
            .into_iter()
            .map(|(x, y)| {
                let mut at = Dict::new();
                at.insert("x".into(), f64::from(x).into_value());
                at.insert("y".into(), f64::from(y).into_value());
                at.into_value()
            })
            .collect::<Array>()
            .into_value(),
    );
    put(
        "pins",
        placed
            .iter()
            .map(|p| {
                let mut pin = Dict::new();
                pin.insert("snag".into(), i64::from(p.snag).into_value());
                for (k, v) in [("x", p.at.0), ("y", p.at.1), ("mx", p.means.0), ("my", p.means.1)] {
                    pin.insert(k.into(), f64::from(v).into_value());
                }
                pin.insert("moved".into(), p.moved.into_value());
                pin.into_value()
            })
            .collect::<Array>()
            .into_value(),
    );
    Some(value.into_value())
}

fn strokes(signature: &Signature) -> Value {
    match &signature.act {
        SignatureAct::Signed { strokes } => bytes_or_none(drawing::strokes_svg(strokes)),
        SignatureAct::RefusedToSign { .. } | SignatureAct::Absent { .. } => Value::None,
    }
}

fn bytes_or_none(svg: Option<Vec<u8>>) -> Value {
    svg.map_or(Value::None, |svg| Bytes::new(svg).into_value())
}

fn file_id(path: &str) -> Result<FileId, ReportError> {
    let path = VirtualPath::new(path).map_err(|e| ReportError::Template(format!("{e:?}")))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

/// The sources by their id, parsed once.
fn sources() -> &'static HashMap<FileId, Source> {
    static SOURCES: OnceLock<HashMap<FileId, Source>> = OnceLock::new();
    SOURCES.get_or_init(|| TEMPLATES.iter().filter_map(|(path, text)| file_id(path).ok().map(|id| (id, Source::new(id, (*text).to_owned())))).collect())
}

struct Templates {
    library: LazyHash<Library>,
    main: FileId,
}

impl World for Templates {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &glyphs::fonts().book
    }
    fn main(&self) -> FileId {
        self.main
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        sources().get(&id).cloned().ok_or(FileError::AccessDenied)
    }
    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        glyphs::fonts().fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The engine's complaints with the template and line they come from; no data of the document.
fn told(world: &Templates, errors: &EcoVec<SourceDiagnostic>) -> String {
    let all: Vec<String> = errors
        .iter()
        .map(|e| {
            let place = e.span.id().and_then(|id| {
                use typst::WorldExt as _;
                let source = world.source(id).ok()?;
                let line = source.lines().byte_to_line(world.range(e.span)?.start)? + 1;
                Some(format!("{}:{line}: ", id.get().vpath().get_without_slash()))
            });
            format!("{}{}", place.unwrap_or_default(), e.message)
        })
        .collect();
    all.join("; ")
}
