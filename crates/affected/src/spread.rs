//! From the packages that a change affects directly to those that depend on them, each with the shortest way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use crate::cause::{Cause, Reach};
use crate::graph::{Ecosystem, Graph, Id};

/// Why a package is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its name.
    pub name: String,
    /// The names of the packages through which the change reaches it: first the one that it uses itself, last the one that
    /// the change affects directly. Empty where that is the package itself.
    pub through: Vec<String>,
    /// Whether only its tests, benchmarks and examples are affected.
    pub in_tests_only: bool,
    /// What affects the last of them.
    pub cause: Cause,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.through.as_slice() {
            [] => write!(f, "{}", self.cause.text),
            [one] => write!(f, "depends on `{one}`: {}", self.cause.text),
            [first, others @ ..] => {
                write!(f, "depends on `{first}`")?;
                for other in others {
                    write!(f, " → `{other}`")?;
                }
                write!(f, ": {}", self.cause.text)
            }
        }
    }
}

/// Which packages use a package.
#[derive(Debug)]
pub(crate) struct Dependents(BTreeMap<Id, BTreeSet<(Id, bool)>>);

impl Dependents {
    /// Python packages find each other by name. One that is gone or has another name now is used as before, and comes from
    /// elsewhere.
    pub(crate) fn of(base: Option<&Graph>, head: &Graph) -> Self {
        let mut dependents: BTreeMap<Id, BTreeSet<(Id, bool)>> = BTreeMap::new();
        let before = base.into_iter().flat_map(Graph::packages);
        let before = before
            .filter(|(id, _)| id.ecosystem == Ecosystem::Python && head.packages.contains_key(id));
        for (id, package) in head.packages().chain(before) {
            for one in &package.uses {
                let users = dependents.entry(one.of.clone()).or_default();
                users.insert((id.clone(), one.in_tests_only));
            }
        }
        Self(dependents)
    }

    /// Those that use it, and whether in tests only.
    fn users(&self, id: &Id) -> impl Iterator<Item = &(Id, bool)> {
        self.0.get(id).into_iter().flatten()
    }

    /// All packages that an effect on one of them reaches.
    pub(crate) fn reached(&self, graph: &Graph, cause: &Cause) -> BTreeSet<Id> {
        let mut ways = BTreeMap::new();
        self.follow(
            graph,
            cause.within.as_deref(),
            vec![cause.clone()],
            &mut ways,
        );
        ways.into_keys().collect()
    }

    /// Follows causes that the same builds notice. What is in `ways` already stays.
    fn follow(
        &self,
        graph: &Graph,
        within: Option<&str>,
        causes: Vec<Cause>,
        ways: &mut BTreeMap<Id, Way>,
    ) {
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::new();
        let (far, near): (Vec<Cause>, Vec<Cause>) = causes
            .into_iter()
            .partition(|cause| cause.reach == Reach::Dependents);
        for cause in far {
            if seen.insert(cause.package.clone()) {
                queue.push_back((cause.package.clone(), cause.clone()));
                let id = cause.package.clone();
                replace_tests(ways, id, Way::direct(cause, false));
            }
        }
        let mut in_tests: Vec<(Id, Way)> = Vec::new();
        while let Some((id, cause)) = queue.pop_front() {
            for (user, in_tests_only) in self.users(&id) {
                if !graph.builds(within, user) {
                    continue;
                }
                let way = Way {
                    from: Some(id.clone()),
                    in_tests_only: *in_tests_only,
                    cause: cause.clone(),
                };
                if *in_tests_only {
                    in_tests.push((user.clone(), way));
                } else if seen.insert(user.clone()) {
                    queue.push_back((user.clone(), cause.clone()));
                    replace_tests(ways, user.clone(), way);
                }
            }
        }
        let near = near.into_iter();
        let near = near.map(|cause| (cause.package.clone(), Way::direct(cause, true)));
        for (id, way) in near.chain(in_tests) {
            ways.entry(id).or_insert(way);
        }
    }
}

/// Adds a way that reaches a package itself; one that reaches its tests only says less.
fn replace_tests(ways: &mut BTreeMap<Id, Way>, id: Id, way: Way) {
    let known = ways.get(&id);
    if known.is_none_or(|known| known.in_tests_only) {
        ways.insert(id, way);
    }
}

/// How a package was reached.
struct Way {
    from: Option<Id>,
    in_tests_only: bool,
    cause: Cause,
}

pub(crate) fn spread(
    base: Option<&Graph>,
    head: &Graph,
    dependents: &Dependents,
    causes: Vec<Cause>,
) -> BTreeMap<Id, Reason> {
    let mut groups: BTreeMap<Option<String>, Vec<Cause>> = BTreeMap::new();
    for cause in causes {
        groups.entry(cause.within.clone()).or_default().push(cause);
    }
    let mut ways: BTreeMap<Id, Way> = BTreeMap::new();
    // What every build notices comes first.
    for (within, causes) in groups {
        dependents.follow(head, within.as_deref(), causes, &mut ways);
    }
    let name = |id: &Id| {
        let package = head.packages.get(id);
        let package = package.or_else(|| base.and_then(|base| base.packages.get(id)));
        package.map_or_else(|| id.folder.clone(), |package| package.name.clone())
    };
    let reasons = ways.iter().map(|(id, way)| {
        let mut through = Vec::new();
        let mut from = way.from.as_ref();
        while let Some(id) = from {
            through.push(name(id));
            from = ways.get(id).and_then(|way| way.from.as_ref());
        }
        let reason = Reason {
            name: name(id),
            through,
            in_tests_only: way.in_tests_only,
            cause: way.cause.clone(),
        };
        (id.clone(), reason)
    });
    reasons.collect()
}

impl Way {
    fn direct(cause: Cause, in_tests_only: bool) -> Self {
        Self {
            from: None,
            in_tests_only,
            cause,
        }
    }
}
