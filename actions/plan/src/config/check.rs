//! What the published workflow does for a job: the key `uses`, and the inputs in `with`.

use std::collections::BTreeMap;

use actions_core::given::{self, RawInputs};
use actions_core::{Check, Place, PlacedError};
use toml::Spanned;

/// A check with its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    /// What runs.
    pub check: Check,
    /// The inputs that are set, by name; lists with one item per line.
    pub with: BTreeMap<String, String>,
    /// Jobs that share the work on each platform.
    pub shards: u8,
}

impl Uses {
    pub(super) fn parse(
        place: &Place<'_>,
        uses: Option<Spanned<Check>>,
        with: Option<Spanned<RawInputs>>,
    ) -> Result<Option<Self>, PlacedError> {
        let Some(uses) = uses else {
            return match with {
                None => Ok(None),
                Some(with) => Err(place.invalid(
                    with.span(),
                    "`with` has inputs for `uses`: add a line such as `uses = \"test-rust\"`"
                        .to_owned(),
                )),
            };
        };
        let check = *uses.get_ref();
        let span = with.as_ref().map_or(uses.span(), Spanned::span);
        let raw = with.map(Spanned::into_inner).unwrap_or_default();
        let mut with = given::inputs(place, raw, check.keys())?;
        if check == Check::Command && !with.contains_key("command") {
            let problem = "`uses = \"command\"` needs a command: add a line such as `with = { command = \"cargo doc --no-deps\" }`";
            return Err(place.invalid(span, problem.to_owned()));
        }
        let shards = match with.remove("shards") {
            None => 1,
            Some(text) => match text.parse() {
                Ok(shards @ 1..) => shards,
                _ => {
                    let problem =
                        format!("`shards = {text}`: expected a number from 1 to {}", u8::MAX);
                    return Err(place.invalid(span, problem));
                }
            },
        };
        Ok(Some(Self {
            check,
            with,
            shards,
        }))
    }
}
