//! People and contractors that forms offer: names, no telephone numbers.

use crate::{
    store::{FieldStore, Result},
    types::{Id, NamedView, Words},
};
use keyturn_core::{field, policy::deadline::Terms};

/// Somebody the records on this device name.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PersonChoice {
    /// The person.
    pub id: Id,
    /// The name, where this device may read it.
    pub name: Option<String>,
    /// `owner`, `staff`, `crew`, as the register says.
    pub kind: Option<String>,
    /// Roles in which the person takes part here, in words.
    pub roles: Vec<NamedView>,
    /// For which organisation.
    pub organisation: Option<String>,
    /// Who holds this device.
    pub me: bool,
}

/// A contractor or crew that a snag can be ordered from.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ContractorView {
    /// The contractor.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its trade; empty where the register does not say.
    pub trade: String,
    /// The trade in words.
    pub trade_name: Words,
}

fn choice(core: &field::FieldStore, person: field::PersonRow) -> PersonChoice {
    let roles = &core.profile().roles.list;
    PersonChoice {
        id: person.id,
        name: person.name,
        kind: person.kind,
        roles: person.roles.into_iter().map(|id| NamedView { name: Words::named(roles, &id), id }).collect(),
        organisation: person.organisation,
        me: person.me,
    }
}

#[uniffi::export]
impl FieldStore {
    /// Everybody the records on this device name, those with a name first: for who takes part, signs, or bears witness.
    pub fn people(&self) -> Result<Vec<PersonChoice>> {
        let core = self.core()?;
        Ok(core.people()?.into_iter().map(|person| choice(&core, person)).collect())
    }

    /// Who can lead a walk-through: what an appointment offers.
    pub fn escorts(&self) -> Result<Vec<PersonChoice>> {
        let core = self.core()?;
        Ok(core.escorts()?.into_iter().map(|person| choice(&core, person)).collect())
    }

    /// Contractors and crews, by name: what an order offers.
    pub fn contractors(&self) -> Result<Vec<ContractorView>> {
        let core = self.core()?;
        let trades = &core.profile().taxonomy.trades;
        let view = |row: field::ContractorRow| ContractorView { id: row.id, name: row.name, trade_name: Words::named(trades, &row.trade), trade: row.trade };
        Ok(core.contractors()?.into_iter().map(view).collect())
    }

    /// The states that keep a repair: what [`FieldStore::hold`] takes.
    pub fn hold_states(&self) -> Vec<NamedView> {
        Terms::builtin().states.iter().map(NamedView::of).collect()
    }

    /// The kinds of work that decide how long a repair may take: what [`FieldStore::order_from`] takes.
    pub fn work_kinds(&self) -> Vec<NamedView> {
        Terms::builtin().works.iter().map(NamedView::of).collect()
    }
}
