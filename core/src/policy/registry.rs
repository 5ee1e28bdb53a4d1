//! The rules of one project: profiles and holiday notices shipped with the program, and those its office has published. A published version
//! never changes; by its effective dates it is taken for new cases, and a running case keeps the one it began under. A notice that arrives
//! counts at once, for the dates that waited for it.

use super::{
    Fault, Faults, Profile, ProfileRef,
    calendar::{Calendar, NATIONAL, Notices, Year},
    layer::{Layer, Scope},
    resolve::{Library, Resolved},
};
use crate::{
    log::{OrderKey, fold::Aggregate},
    model::{Digest, Id, Value},
};
use chrono::NaiveDate;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

/// The field of a published profile that holds its name, `id@version`.
pub const NAME_FIELD: &str = "profile";
/// The field that holds its file, as it was checked.
pub const TEXT_FIELD: &str = "text";

/// The field of a published holiday notice that holds its place and year, `cn/2027`; its file stands in [`TEXT_FIELD`].
pub const CALENDAR_FIELD: &str = "calendar";

/// The id of a published holiday notice in a project: one content, one thing.
pub fn notice_id(project: Id, name: &str, text: &str) -> Id {
    Id::derived(&[b"keyturn-calendar-v1", &project.0, name.as_bytes(), &Digest::of(text.as_bytes()).0])
}

/// The fields of a published holiday notice.
pub fn notice_fields(name: &str, text: &str) -> Vec<(String, Value)> {
    vec![(CALENDAR_FIELD.to_owned(), Value::Text(name.to_owned())), (TEXT_FIELD.to_owned(), Value::Text(text.to_owned()))]
}

/// Reads a published holiday notice: its place and year.
///
/// # Errors
/// With everything that is wrong in it.
pub fn read_notice(name: &str, text: &str) -> Result<(String, Year), Faults> {
    let place = name.rsplit_once('/').map_or(name, |(place, _)| place);
    let year = Year::read(name, place == NATIONAL, text)?;
    if year.name(place) == name {
        Ok((place.to_owned(), year))
    } else {
        Err(Fault::new(name, 0, "year", "calendar-day-outside").with("year", year.year).with("day", name).into())
    }
}

/// The id of a published profile in a project: one name, one thing.
pub fn thing_id(project: Id, at: &ProfileRef) -> Id {
    Id::derived(&[b"keyturn-policy-v1", &project.0, at.to_string().as_bytes()])
}

/// The fields of a published profile.
pub fn fields_of(layer: &Layer) -> Vec<(String, Value)> {
    vec![(NAME_FIELD.to_owned(), Value::Text(layer.at.to_string())), (TEXT_FIELD.to_owned(), Value::Text(layer.text.clone()))]
}

/// What an office may publish: rules of its own or of its place, under a name of their own, over the law that the program ships. Whoever could
/// begin a chain without the law, or state another law, would need no stricter rule.
fn of_office(layer: &Layer, resolved: &Resolved) -> Result<(), Faults> {
    let mut faults = Vec::new();
    let shipped = Library::shipped();
    if layer.head.scope < Scope::Jurisdiction {
        faults.push(Fault::new(&layer.file, 1, "scope", "profile-scope-shipped").with("scope", layer.head.scope.name()));
    }
    if shipped.newest(&layer.at.id).is_some() {
        faults.push(Fault::new(&layer.file, 1, "id", "profile-id-shipped").with("profile", &layer.at.id));
    }
    let law = |at: &ProfileRef| shipped.layer(at).is_some_and(|layer| layer.head.scope == Scope::National);
    if !resolved.chain.iter().any(law) {
        let laws: Vec<String> = shipped.all().filter(|layer| layer.head.scope == Scope::National).map(|layer| layer.at.to_string()).collect();
        faults.push(Fault::new(&layer.file, 1, "base", "profile-without-law").with("law", laws.join(", ")));
    }
    Faults::none_or(faults)
}

/// The profiles of one project.
#[derive(Debug, Default)]
pub struct Registry {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The shipped layers and the published ones; none until a first one is published: most starts need no more than the shipped ones.
    library: Option<Library>,
    published: BTreeMap<ProfileRef, &'static Profile>,
    /// The published notices in the order they were published.
    years: BTreeMap<OrderKey, (String, Year)>,
    /// All notices; none while nothing but the shipped ones is known.
    notices: Option<Arc<Notices>>,
}

/// Published profiles are immutable and few: each content is kept once for the life of the program, whichever projects use it.
fn interned(profile: Profile) -> &'static Profile {
    static HELD: OnceLock<Mutex<BTreeMap<(Digest, ProfileRef), &'static Profile>>> = OnceLock::new();
    let mut held = HELD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    held.entry((profile.digest, profile.at.clone())).or_insert_with(|| Box::leak(Box::new(profile)))
}

impl Registry {
    /// What a draft is checked against.
    pub fn library(&self) -> Library {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).library.as_ref().unwrap_or_else(|| Library::shipped()).clone()
    }

    /// Everything that is wrong with a draft that the office is to publish; its name when nothing is.
    ///
    /// # Errors
    /// With all of it: in its file, against its bases and the law, what it leaves empty.
    pub fn check(&self, file: &str, text: &str) -> Result<ProfileRef, Faults> {
        let resolved = self.library().check(file, text)?;
        of_office(&Layer::read(file, text)?, &resolved)?;
        Ok(resolved.at)
    }

    /// Takes a published profile. The same one twice is one.
    ///
    /// # Errors
    /// When it cannot be used, or another one has its name and version.
    pub fn take(&self, file: &str, text: &str) -> Result<&'static Profile, Faults> {
        let layer = Arc::new(Layer::read(file, text)?);
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let Inner { library, published, .. } = &mut *inner;
        let library = library.get_or_insert_with(|| Library::shipped().clone());
        if let (Some(held), Some(profile)) = (library.layer(&layer.at), published.get(&layer.at))
            && held.digest == layer.digest
        {
            return Ok(profile);
        }
        let resolved = library.resolve_layer(&layer, &[])?;
        of_office(&layer, &resolved)?;
        let missing: Vec<Fault> = resolved.missing().into_iter().map(|what| Fault::new(file, 0, what, "profile-required-empty")).collect();
        Faults::none_or(missing)?;
        let profile = interned(Profile::build(resolved)?);
        library.add(Layer::clone(&layer))?;
        published.insert(layer.at.clone(), profile);
        Ok(profile)
    }

    /// The newest version of a profile that has this id.
    pub fn newest(&self, id: &str) -> Option<&'static Profile> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let at = inner.library.as_ref().unwrap_or_else(|| Library::shipped()).newest(id)?.at.to_string();
        drop(inner);
        self.find(&at)
    }

    /// The profile of this name; `None` for one that neither program nor project knows.
    pub fn find(&self, name: &str) -> Option<&'static Profile> {
        let published = name.parse().ok().and_then(|at: ProfileRef| self.inner.read().unwrap_or_else(PoisonError::into_inner).published.get(&at).copied());
        published.or_else(|| Profile::find(name))
    }

    /// The profile for a case that begins on this day: of those published and in effect the one for the smallest circle, then the one that
    /// took effect last; the shipped default where none is.
    pub fn for_new(&self, on: NaiveDate) -> &'static Profile {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let in_effect =
            inner.published.iter().filter_map(|(at, profile)| Some((inner.library.as_ref()?.layer(at)?, *profile))).filter(|(layer, _)| layer.in_effect(on));
        let best = in_effect
            .filter(|(layer, _)| layer.head.scope >= Scope::Group)
            .max_by_key(|(layer, _)| (layer.head.scope, layer.head.effective_from, layer.at.version));
        best.map_or_else(Profile::builtin, |(_, profile)| profile)
    }

    /// Whether program or project know a profile of this name, also one that stands for nothing by itself.
    pub fn knows(&self, name: &str) -> bool {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        name.parse().is_ok_and(|at| inner.library.as_ref().unwrap_or_else(|| Library::shipped()).layer(&at).is_some())
    }

    /// Whether a case may begin under the profile of this name: the default, or one that the office has published for its own circle. A
    /// shipped source or a law alone is none: it leaves gaps.
    pub fn begins(&self, name: &str) -> bool {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let own = |at: &ProfileRef| inner.library.as_ref().and_then(|library| library.layer(at)).is_some_and(|layer| layer.head.scope >= Scope::Group);
        name == super::DEFAULT || name.parse().is_ok_and(|at: ProfileRef| inner.published.contains_key(&at) && own(&at))
    }

    /// The profile for an event of `thing`, or for one that creates a part of `parent`: a running case keeps its own, a new one takes the
    /// profile in force on the day.
    pub fn of_case(&self, thing: Option<&Aggregate>, parent: Option<&Aggregate>, on: NaiveDate) -> &'static Profile {
        let kept = [thing, parent].into_iter().flatten().find_map(Aggregate::kept_policy);
        kept.and_then(|name| self.find(name)).unwrap_or_else(|| self.for_new(on))
    }

    /// The holiday notices that are known here.
    pub fn notices(&self) -> Arc<Notices> {
        Arc::clone(self.inner.read().unwrap_or_else(PoisonError::into_inner).notices.as_ref().unwrap_or_else(|| Notices::shipped()))
    }

    /// The calendar of a profile in a project's zone, with every notice that is known here.
    pub fn calendar(&self, profile: &Profile, zone: chrono_tz::Tz) -> Arc<Calendar> {
        Calendar::shared(&profile.deadlines.calendar, zone, &self.notices())
    }

    /// The published notices, with their places.
    pub fn published_notices(&self) -> Vec<(String, Year)> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).years.values().cloned().collect()
    }

    /// Takes a published notice; `order` is its place among those of the project. What is published is the project's word on every device,
    /// whatever its program was shipped with.
    ///
    /// # Errors
    /// With everything that is wrong in it.
    pub fn take_notice(&self, order: OrderKey, name: &str, text: &str) -> Result<(), Faults> {
        let read = read_notice(name, text)?;
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.years.get(&order) == Some(&read) {
            return Ok(());
        }
        inner.years.insert(order, read);
        let mut all = Notices::clone(Notices::shipped());
        let mut last: BTreeMap<(&str, i32), &Year> = BTreeMap::new();
        for (place, year) in inner.years.values() {
            // Nothing takes the place of a final one; of those that may change the latest holds.
            let held = last.entry((place, year.year)).or_insert(year);
            if !held.is_final() {
                *held = year;
            }
        }
        for ((place, number), year) in last {
            if all.year(place, number).is_some_and(|shipped| shipped.is_final() && shipped.days != year.days) {
                tracing::warn!(place, number, "the published holiday notice says something else than the one this program was shipped with");
            }
            all = all.with(place, year.clone());
        }
        inner.notices = Some(Arc::new(all));
        Ok(())
    }

    /// Takes the profiles and notices among things that a hub has published. One that cannot be used here is told in the log and left out: it may need a
    /// newer program.
    pub fn take_all<'a>(&self, things: impl IntoIterator<Item = &'a Aggregate>) {
        let (notices, mut open): (Vec<&Aggregate>, Vec<&Aggregate>) = things.into_iter().partition(|thing| thing.text(CALENDAR_FIELD).is_some());
        for notice in notices {
            if let (Some(made), Some(name), Some(text)) = (&notice.created, notice.text(CALENDAR_FIELD), notice.text(TEXT_FIELD))
                && let Err(faults) = self.take_notice(made.order, name, text)
            {
                tracing::warn!(name, %faults, "a published holiday notice cannot be used by this program");
            }
        }
        // A profile may stand on another one that was published with it.
        loop {
            let before = open.len();
            open.retain(|thing| {
                let (Some(name), Some(text)) = (thing.text(NAME_FIELD), thing.text(TEXT_FIELD)) else { return false };
                self.take(name, text).is_err()
            });
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        for thing in open {
            tracing::warn!(profile = thing.text(NAME_FIELD), "a published profile cannot be used by this program");
        }
    }

    /// Every published profile.
    pub fn published(&self) -> Vec<&'static Profile> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).published.values().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u32, from: &str, days: u32) -> String {
        format!(
            "id = \"house\"\nversion = {n}\nzh = \"本项目规则\"\nen = \"house rules\"\neffective_from = \"{from}\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\nsources = []\n[gate]\nnotice_days_min = {{ value = {days}, origin = \"contract\" }}\n"
        )
    }

    #[test]
    fn effective_dates_choose_the_profile_for_a_new_case() {
        let registry = Registry::default();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(registry.for_new(day("2026-11-22")).at.to_string(), "cn-default@1");
        registry.take("house@1.toml", &version(1, "2026-11-01", 12)).unwrap();
        registry.take("house@2.toml", &version(2, "2026-12-01", 15)).unwrap();
        assert_eq!(registry.for_new(day("2026-10-31")).at.to_string(), "cn-default@1");
        assert_eq!(registry.for_new(day("2026-11-30")).at.to_string(), "house@1");
        assert_eq!(registry.for_new(day("2026-12-01")).at.to_string(), "house@2");
        // The old one stays as it was, for cases that began under it.
        assert_eq!(registry.find("house@1").unwrap().handover.gate.notice_days_min.value, 12);
        assert_eq!(registry.find("house@2").unwrap().handover.gate.notice_days_min.value, 15);
        // Another registry knows nothing of it.
        assert!(Registry::default().find("house@1").is_none());
        // Once more the same is one; another one under its name is refused and changes nothing.
        assert!(registry.take("again.toml", &version(1, "2026-11-01", 12)).is_ok());
        let taken = registry.take("other.toml", &version(1, "2026-11-01", 20)).unwrap_err();
        assert_eq!(taken.0[0].problem, "profile-version-taken");
        assert_eq!(registry.find("house@1").unwrap().handover.gate.notice_days_min.value, 12);
        assert_eq!(registry.published().len(), 2);
    }

    #[test]
    fn an_office_publishes_over_the_law_that_is_shipped_and_under_a_name_of_its_own() {
        let good = version(1, "2026-11-01", 12);
        let problems = |text: &str| {
            let registry = Registry::default();
            let checked = registry.check("own.toml", text).unwrap_err();
            assert!(registry.take("own.toml", text).is_err(), "a device takes no more than the hub");
            assert!(registry.published().is_empty());
            checked.0.iter().map(|fault| fault.problem).collect::<Vec<_>>()
        };
        assert!(Registry::default().check("own.toml", &good).is_ok());
        // A chain that leaves the law out may state three days where the law has more.
        let without = good.replace("cn-default@1", "keyturn-product@1").replace("value = 12", "value = 3");
        let found = problems(&without);
        assert!(found.contains(&"profile-without-law") || found.contains(&"profile-required-empty"), "{found:?}");
        // Another law, or one of the shipped ones with less in it.
        let national = good.replace("\"project\"", "\"national\"").replace("cn-default@1", "keyturn-product@1");
        assert!(!problems(&national).is_empty());
        assert!(!problems(&national.replace("\"house\"", "\"cn-law\"").replace("version = 1", "version = 2")).is_empty());
        // The name of a shipped one.
        assert_eq!(problems(&good.replace("\"house\"", "\"cn-default\"").replace("version = 1", "version = 9")), ["profile-id-shipped"]);
    }

    #[test]
    fn what_is_required_and_empty_is_never_taken() {
        let open = version(1, "2026-11-01", 12).replace("cn-default@1", "cn-aftersales-norm@1");
        let missing = Registry::default().take("open.toml", &open).unwrap_err();
        assert!(missing.0.iter().any(|f| f.problem == "profile-required-empty" && f.key == "deadline.arrive"));
    }
}
