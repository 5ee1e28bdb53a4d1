//! Who may do what (promise 10).

use super::{Catalog, Named, Origin, PolicyError, Profile, catalog::entry, parse};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const FILE: &str = "roles.toml";

/// Which records reach a role's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every unit of the communities assigned.
    Project,
    /// Units or orders assigned to the person.
    Assigned,
    /// The person's own unit.
    OwnUnit,
}

/// How much of an owner's data a role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeesOwner {
    /// Name and phone of every owner in scope.
    Full,
    /// Name and phone for the order in hand only.
    CurrentOrder,
    /// Nothing.
    None,
}

/// By what a person is let in, in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// An invited device.
    Device,
    /// A login to the office's console.
    Console,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Which records reach its devices.
    pub scope: Scope,
    /// How much of an owner it sees.
    pub sees_owner: SeesOwner,
    /// By what a person is let in; nobody is by a role without any.
    pub enters: BTreeSet<Entry>,
    /// The acts it permits.
    pub acts: BTreeSet<String>,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Role);

/// Roles in which something is done that nobody has logged in for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Whoever stands at the hub's own machine.
    pub operator: String,
    /// The register's import, and what is printed from it.
    pub register: String,
    /// Whoever comes by an owner's link.
    pub owner_link: String,
    /// An escort who is not known by name.
    pub escort: String,
}

/// All roles and acts.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Roles that are given without a login.
    pub given: Given,
    /// Every act there is.
    pub acts: Catalog<Named>,
    /// Every role.
    pub list: Catalog<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    given: Given,
    act: Vec<Named>,
    role: Vec<Role>,
}

impl Roles {
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = parse(FILE, text)?;
        let roles = Self { given: file.given, acts: Catalog::new(FILE, "act", file.act)?, list: Catalog::new(FILE, "role", file.role)? };
        let given = &roles.given;
        for (name, role) in [("operator", &given.operator), ("register", &given.register), ("owner_link", &given.owner_link), ("escort", &given.escort)] {
            roles.list.must_have(FILE, &format!("given.{name}"), role)?;
        }
        for role in &roles.list {
            for act in &role.acts {
                roles.acts.must_have(FILE, &format!("role.{}", role.id), act)?;
            }
        }
        Ok(roles)
    }

    /// Whether somebody is let in as `role` by `entry`. What is not known lets nobody in.
    pub fn lets_in(&self, role: &str, entry: Entry) -> bool {
        self.list.get(role).is_some_and(|r| r.enters.contains(&entry))
    }

    /// Whether `role` may do `act`. What is not known is not permitted.
    pub fn may(&self, role: &str, act: &str) -> bool {
        self.list.get(role).is_some_and(|r| r.acts.contains(act))
    }
}

/// Whether `role` may do `act` under `profile`. What is not known is not permitted.
pub fn may(profile: &Profile, role: &str, act: &str) -> bool {
    profile.roles.may(role, act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_its_own_and_no_more() {
        let profile = Profile::builtin();
        // (act, roles that may); every other role may not.
        let table: &[(&str, &[&str])] = &[
            ("snag.create", &["inspector", "service_manager", "engineering", "property_staff", "third_party_inspector"]), // S1-19
            ("handover.start", &["inspector"]),
            ("handover.sign", &["inspector", "owner", "representative", "property_staff", "third_party_inspector", "project_manager", "witness"]), // S1-20, S0-10
            ("handover.close", &["inspector", "service_manager", "project_manager"]),
            ("meeting.minutes", &["service_manager", "project_manager"]),                  // S0-32
            ("inspection.create", &["service_manager", "engineering", "project_manager"]), // S0-31
            ("handover.notice", &["clerk", "service_manager", "property_staff"]),          // S4-12
            ("handover.appoint", &["clerk", "service_manager", "property_staff", "project_manager"]), // S4-07, S4-13
            ("handover.dispute", &["inspector", "clerk", "service_manager", "property_staff", "sales", "project_manager"]), // S4-118
            ("repair.done", &["repair_team", "team_captain", "contractor"]),               // S1-21
            ("recheck.confirm", &["inspector", "team_captain", "service_manager", "engineering"]),
            ("owner.confirm", &["inspector", "repair_team", "team_captain", "owner", "representative"]), // S1-23
            ("owner.reject", &["inspector", "repair_team", "team_captain", "owner", "representative"]),
            ("register.import", &["clerk", "service_manager", "admin"]),     // S4-28
            ("person.set", &["clerk", "service_manager", "sales", "admin"]), // S4-98
            ("device.invite", &["service_manager", "admin"]),
            ("device.enrol", &["hub"]),
            ("hub.refuse", &["hub"]),
            ("hub.clock_wrong", &["hub"]),
            ("review.settle", &["inspector", "service_manager", "project_manager", "admin"]),
            ("person.erase", &["admin"]),
        ];
        for (act, who) in table {
            let may: Vec<&str> = profile.roles.list.iter().filter(|r| may(profile, &r.id, act)).map(|r| r.id.as_str()).collect();
            assert_eq!(&may, who, "{act}");
        }
    }

    #[test]
    fn the_hub_is_nobody_and_an_owner_comes_by_a_link() {
        let roles = &Profile::builtin().roles;
        for entry in [Entry::Device, Entry::Console] {
            for role in ["hub", "owner", "representative", "nobody"] {
                assert!(!roles.lets_in(role, entry), "{role} by {entry:?}");
            }
        }
        for role in ["repair_team", "inspector", "witness"] {
            assert!(roles.lets_in(role, Entry::Device) && !roles.lets_in(role, Entry::Console), "{role}");
        }
        assert!(roles.lets_in("service_manager", Entry::Console));
    }

    #[test]
    fn what_is_not_known_is_not_permitted() {
        let profile = Profile::builtin();
        assert!(!may(profile, "owner", "no.such.act"));
        assert!(!may(profile, "nobody", "snag.create"));
        assert!(!may(profile, "", ""));
    }

    #[test]
    fn every_kind_of_event_is_permitted_to_somebody() {
        // The kinds as the model writes them: a new one without a role would be refused to everybody.
        let roles = &Profile::builtin().roles;
        let model = [include_str!("../model/act.rs"), include_str!("../model/body.rs")].concat();
        let kinds: BTreeSet<&str> =
            model.lines().filter_map(|line| line.split_once("=> \"")?.1.split_once('"').map(|(kind, _)| kind)).filter(|kind| kind.contains('.')).collect();
        assert!(kinds.len() >= 35, "{kinds:?}");
        for kind in kinds {
            let permitted = |act: &str| roles.list.iter().any(|r| r.acts.contains(act));
            assert!(permitted(kind), "{kind} is permitted to nobody");
            // A published profile never changes: nobody may set anything on it.
            if let Some(thing) = kind.strip_suffix(".create").filter(|thing| *thing != "policy") {
                assert!(permitted(&format!("{thing}.set")), "{thing}.set is permitted to nobody");
            }
        }
    }

    #[test]
    fn the_four_departments_and_property_take_part_in_a_handover() {
        // S4-117, S4-13: service, sales, engineering, property each have a role with something to do.
        let roles = &Profile::builtin().roles;
        for role in ["service_manager", "sales", "engineering", "property_staff"] {
            assert!(roles.may(role, "handover.reply"), "{role}");
        }
    }
}
