//! The table `[packages]` of the config file: what a complete commit has, and which job builds it when. Several actions
//! read it, so that what is built, what is waited for and what is released are the same packages.

mod recipe;
mod shape;

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::generate::SchemaSettings;
use serde_json::Value;
use toml::Spanned;

use crate::{ConfigFile, Context, Place, PlacedError};
pub use recipe::{Builder, Recipe};
use shape::{RawFile, RawPackage};

/// The name of the table.
pub(crate) const TABLE: &str = "packages";

/// The packages of a complete commit, in the order of the file.
#[derive(Debug)]
pub struct Packages {
    /// One a key of the table.
    pub declared: Vec<Declared>,
    path: String,
    text: String,
}

/// Packages that are built the same way.
#[derive(Debug)]
pub struct Declared {
    /// Its key in the table.
    pub name: String,
    /// `wheel`, `crate`, `docs`, …
    pub kind: String,
    /// Names of the projects, each of which has such a package on each platform.
    pub projects: Vec<String>,
    /// Platforms without which the commit is not complete.
    pub platforms: Vec<String>,
    /// Platforms that may come with it.
    pub optional_platforms: Vec<String>,
    /// Build profile.
    pub profile: String,
    /// Name of the job that builds them, in the table `[jobs]`.
    pub job: Option<Spanned<String>>,
    /// Events at which they are built, in the words of the table `[jobs]`; `None` where the job alone decides.
    pub on: Option<Vec<Spanned<String>>>,
    /// How they are built, where no job of the user's own does it.
    pub build: Option<Recipe>,
}

impl Packages {
    /// Checks the table of a config file; `None` where the file has none.
    ///
    /// # Errors
    /// An unknown key, a word that is no name, a package that is declared twice.
    pub fn parse(path: &str, text: &str) -> Result<Option<Self>, PlacedError> {
        let place = Place { path, text };
        let file: RawFile = toml::from_str(text).map_err(|error| place.of_toml(&error))?;
        let Some(table) = file.packages else {
            return Ok(None);
        };
        let span = table.span();
        let mut raw: Vec<(Spanned<String>, RawPackage)> = table.into_inner().into_iter().collect();
        raw.sort_by_key(|(name, _)| name.span().start);
        if raw.is_empty() {
            let problem = "`[packages]` is empty: add a line such as `wheels = { kind = \"wheel\", project = \"hello-sdk\", platforms = [\"linux-x64\"] }`";
            return Err(place.invalid(span, problem.to_owned()));
        }
        let mut seen = BTreeMap::new();
        let mut declared = Vec::new();
        for (name, raw) in raw {
            let span = name.span();
            let package = Declared::new(&place, name, raw)?;
            for line in package.lines().chain(package.optional_lines()) {
                if let Some(other) = seen.insert(line.clone(), package.name.clone()) {
                    let problem = format!(
                        "`{line}` is declared twice: by `{other}` and by `{}`",
                        package.name
                    );
                    return Err(place.invalid(span, problem));
                }
            }
            declared.push(package);
        }
        Ok(Some(Self {
            declared,
            path: path.to_owned(),
            text: text.to_owned(),
        }))
    }

    /// The file, for errors about what only the reader of a word can judge.
    pub fn place(&self) -> Place<'_> {
        Place {
            path: &self.path,
            text: &self.text,
        }
    }

    /// Packages without which a commit is not complete, as `kind project platform profile`.
    pub fn required(&self) -> Vec<String> {
        self.declared.iter().flat_map(Declared::lines).collect()
    }

    /// Packages that may come with them, in the same form.
    pub fn optional(&self) -> Vec<String> {
        let declared = self.declared.iter();
        declared.flat_map(Declared::optional_lines).collect()
    }
}

impl Declared {
    fn new(place: &Place<'_>, name: Spanned<String>, raw: RawPackage) -> Result<Self, PlacedError> {
        let projects = match (raw.project, raw.projects) {
            (Some(one), None) => vec![one],
            (None, Some(several)) if !several.is_empty() => several,
            _ => {
                let problem = format!(
                    "`{}` needs `project = \"…\"`, or `projects = [\"…\", \"…\"]` for several, and not both",
                    name.get_ref()
                );
                return Err(place.invalid(name.span(), problem));
            }
        };
        let platforms = match (raw.platforms, &raw.optional_platforms) {
            (Some(platforms), _) => platforms,
            (None, optional) if optional.is_empty() => vec![Spanned::new(0..0, "any".to_owned())],
            (None, _) => Vec::new(),
        };
        if platforms.is_empty() && raw.optional_platforms.is_empty() {
            let problem = format!(
                "`{}` has no platform: name some, or remove `platforms` if it runs on any",
                name.get_ref()
            );
            return Err(place.invalid(name.span(), problem));
        }
        let profile = raw
            .profile
            .unwrap_or_else(|| Spanned::new(0..0, "release".to_owned()));
        let kind = word(place, "kind", raw.kind)?;
        let projects = words(place, "project", projects)?;
        let build = raw.build.map(|build| Recipe::parse(place, &kind, build));
        let build = build.transpose()?;
        if let Some(recipe) = &build {
            refuse_recipe(place, &name, raw.job.is_some(), &projects, recipe.builder)?;
        }
        Ok(Self {
            name: name.into_inner(),
            kind,
            projects,
            platforms: words(place, "platform", platforms)?,
            optional_platforms: words(place, "platform", raw.optional_platforms)?,
            profile: word(place, "profile", profile)?,
            job: raw.job,
            on: raw.on,
            build,
        })
    }

    /// The required packages, as `kind project platform profile`.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.of(&self.platforms)
    }

    /// The optional ones.
    pub fn optional_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.of(&self.optional_platforms)
    }

    fn of<'a>(&'a self, platforms: &'a [String]) -> impl Iterator<Item = String> + 'a {
        let Self { kind, profile, .. } = self;
        self.projects.iter().flat_map(move |project| {
            platforms
                .iter()
                .map(move |platform| format!("{kind} {project} {platform} {profile}"))
        })
    }
}

/// A recipe is of use where a job says when it is followed, and where it is known whose package comes out.
fn refuse_recipe(
    place: &Place<'_>,
    name: &Spanned<String>,
    has_job: bool,
    projects: &[String],
    builder: Builder,
) -> Result<(), PlacedError> {
    let key = name.get_ref();
    let problem = if !has_job {
        format!(
            "`{key}` has `build` but no `job`: name the job of the table `[jobs]` that builds it"
        )
    } else if projects.len() > 1 && !builder.takes_several_projects() {
        format!(
            "`{key}` has several projects, but `{}` builds only one: declare a package for each",
            builder.name()
        )
    } else {
        return Ok(());
    };
    Err(place.invalid(name.span(), problem))
}

fn words(
    place: &Place<'_>,
    what: &str,
    words: Vec<Spanned<String>>,
) -> Result<Vec<String>, PlacedError> {
    let words = words.into_iter();
    words.map(|one| word(place, what, one)).collect()
}

/// Each of these words becomes a part of an address in the bucket.
fn word(place: &Place<'_>, what: &str, word: Spanned<String>) -> Result<String, PlacedError> {
    let span: Range<usize> = word.span();
    let word = word.into_inner();
    let marks = match what {
        "kind" => "-",
        "profile" => "-_",
        _ => "-_.",
    };
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inside = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    let lower = what != "kind" || !word.contains(|c: char| c.is_ascii_uppercase());
    if edge(word.chars().next()) && word.chars().all(inside) && lower {
        return Ok(word);
    }
    let example = match what {
        "kind" => "wheel",
        "project" => "hello-sdk",
        "platform" => "linux-x64",
        _ => "release",
    };
    let problem = format!("{what} {word:?} is not a name: write one like `{example}`");
    Err(place.invalid(span, problem))
}

/// The JSON Schema of the table, to stand in that of the config file.
pub(crate) fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let schema = settings
        .into_generator()
        .into_root_schema_for::<BTreeMap<String, RawPackage>>();
    let mut schema = schema.to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("title");
        schema.insert("description".to_owned(), shape::DESCRIPTION.into());
    }
    schema
}

impl ConfigFile {
    /// The table `[packages]`, if the file has one.
    ///
    /// # Errors
    /// As [`Packages::parse`].
    pub fn packages(&self) -> anyhow::Result<Option<Packages>> {
        let Some(text) = &self.text else {
            return Ok(None);
        };
        let packages = Packages::parse(self.place.trim_matches('`'), text);
        packages.map_err(|error| anyhow::anyhow!("failed to read the config file: {error}"))
    }
}

impl Context {
    /// The table `[packages]` of the config file; `None` where there is no file, or no such table in it.
    ///
    /// # Errors
    /// As [`Packages::parse`].
    pub fn packages(&self) -> anyhow::Result<Option<Packages>> {
        match &self.config {
            Some(config) => config.packages(),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
