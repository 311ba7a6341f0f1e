//! What the table says, and how it is refused.

use super::*;

const FILE: &str = r#"
[plan]
bucket = "packages"

[packages]
wheels = { kind = "wheel", project = "hello-sdk", platforms = ["linux-x64"], optional-platforms = ["macos-arm64"], job = "wheel" }
crates = { kind = "crate", projects = ["hello-core", "hello-cli"] }

[packages.web]
kind = "bundle"
project = "hello-web"
platforms = ["wasm"]
profile = "web"
on = ["push:main", "schedule"]
"#;

fn refused(text: &str) -> String {
    Packages::parse("ci.toml", text).unwrap_err().to_string()
}

#[test]
fn packages_are_each_project_on_each_platform_in_the_order_of_the_file() {
    let packages = Packages::parse("ci.toml", FILE).unwrap().unwrap();
    assert_eq!(
        packages.required(),
        [
            "wheel hello-sdk linux-x64 release",
            "crate hello-core any release",
            "crate hello-cli any release",
            "bundle hello-web wasm web",
        ]
    );
    assert_eq!(packages.optional(), ["wheel hello-sdk macos-arm64 release"]);
}

#[test]
fn a_file_without_the_table_declares_nothing() {
    assert!(Packages::parse("ci.toml", "[plan]\n").unwrap().is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_right_words() {
    let wheel = "[packages.w]\nkind = \"wheel\"\nproject = \"p\"\n";
    for (text, told) in [
        (
            "[packages]\n".to_owned(),
            "ci.toml:1: `[packages]` is empty",
        ),
        (
            format!("{wheel}plattforms = []\n"),
            "ci.toml:4: unknown key \"plattforms\": did you mean `platforms`? the keys are kind, project, ",
        ),
        (
            format!("{wheel}platforms = []\n"),
            "ci.toml:1: `w` has no platform",
        ),
        (
            format!("{wheel}platforms = [\"../x\"]\n"),
            "ci.toml:4: platform \"../x\" is not a name: write one like `linux-x64`",
        ),
        (
            wheel.replace("wheel", "Wheel"),
            "ci.toml:2: kind \"Wheel\" is not a name",
        ),
        (
            format!("{wheel}projects = [\"q\"]\n"),
            "ci.toml:1: `w` needs `project = \"…\"`, or `projects",
        ),
        (
            "[packages.w]\nkind = \"wheel\"\n".to_owned(),
            "ci.toml:1: `w` needs `project",
        ),
        (
            "[packages.w]\nproject = \"p\"\n".to_owned(),
            "missing key `kind`",
        ),
        (
            format!("{wheel}[packages.v]\nkind = \"wheel\"\nproject = \"p\"\n"),
            "ci.toml:4: `wheel p any release` is declared twice: by `w` and by `v`",
        ),
        (
            format!("{wheel}platforms = \"any\"\n"),
            "ci.toml:4: invalid type: string",
        ),
    ] {
        let error = refused(&text);
        assert!(error.contains(told), "{error}\nnot: {told}");
    }
}

#[test]
fn the_schema_refuses_other_keys_and_describes_its_own() {
    let schema = schema();
    let package = schema.get("additionalProperties").unwrap();
    assert_eq!(package.get("additionalProperties"), Some(&false.into()));
    let on = package.pointer("/properties/on/description").unwrap();
    assert!(on.to_string().contains("push:main"), "{schema:#}");
}

const WEB: &str = "[packages.web]\nkind = \"wasm\"\nproject = \"hello-web\"\njob = \"web\"\n";

#[test]
fn a_recipe_is_inputs_as_text_for_the_builder_of_the_kind() {
    let text = format!(
        "{WEB}build = {{ command = \"make\", must-contain = [\"a\", \"*.wasm\"] }}\n\
         [packages.docs]\nkind = \"docs-rust\"\nproject = \"hello\"\njob = \"docs\"\nbuild = {{ deny-warnings = true }}\n\
         [packages.table]\nkind = \"data\"\nproject = \"t\"\njob = \"data\"\nbuild = {{ builder = \"bundle\", archive = \"zip\" }}\n\
         [packages.book]\nkind = \"docs-book\"\nproject = \"b\"\njob = \"docs\"\nbuild = {{ command = \"mdbook\" }}\n"
    );
    let packages = Packages::parse("ci.toml", &text).unwrap().unwrap();
    let recipes: Vec<(&str, Vec<(&str, &str)>)> = packages
        .declared
        .iter()
        .map(|it| {
            let recipe = it.build.as_ref().unwrap();
            let inputs = recipe.inputs.iter();
            let inputs = inputs.map(|(key, value)| (key.as_str(), value.as_str()));
            (recipe.builder.name(), inputs.collect())
        })
        .collect();
    assert_eq!(
        recipes,
        [
            (
                "bundle",
                vec![("command", "make"), ("must-contain", "a\n*.wasm")]
            ),
            (
                "docs",
                vec![("deny-warnings", "true"), ("language", "rust")]
            ),
            ("bundle", vec![("archive", "zip")]),
            ("bundle", vec![("command", "mdbook")]),
        ]
    );
}

#[test]
fn a_recipe_that_nobody_could_follow_is_refused_with_its_line() {
    for (text, told) in [
        (
            format!("{WEB}build = {{ comand = \"make\" }}\n"),
            "ci.toml:5: unknown key \"comand\": did you mean `command`?",
        ),
        (
            format!("{WEB}build = {{ archive = 3.12 }}\n"),
            "ci.toml:5: expected text in quotes, a list of such texts, a number, `true` or `false`",
        ),
        (
            format!("{WEB}build = {{ scripts = [\"a.py\"] }}\n"),
            "the keys are allow-dirty, archive, builder, command, must-contain, name, setup, shell and windows-archive",
        ),
        (
            format!("{WEB}build = {{ builder = \"wheels\" }}\n"),
            "unknown builder \"wheels\": did you mean `wheel`?",
        ),
        (
            WEB.replace("job = \"web\"\n", "build = {}\n"),
            "ci.toml:1: `web` has `build` but no `job`",
        ),
        (
            WEB.replace(
                "project = \"hello-web\"",
                "projects = [\"a\", \"b\"]\nbuild = {}",
            ),
            "ci.toml:1: `web` has several projects",
        ),
    ] {
        let error = refused(&text);
        assert!(error.contains(told), "{error}");
    }
}
