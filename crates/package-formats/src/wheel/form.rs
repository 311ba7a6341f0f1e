//! PyPI stores what the upload form says and never reads `METADATA`, and a misspelled field is dropped in silence.

use super::metadata::Metadata;

/// Header and form field: lower case with `_`, plural where a header may repeat. `Platform`, `Supported-Platform` and
/// `License-File` repeat in the singular (warehouse, `forklift/forms.py` and `metadata.py`; twine, `package.py`).
const FIELDS: &[(&str, &str)] = &[
    ("Metadata-Version", "metadata_version"),
    ("Name", "name"),
    ("Version", "version"),
    ("Summary", "summary"),
    ("Description-Content-Type", "description_content_type"),
    ("Keywords", "keywords"),
    ("Home-Page", "home_page"),
    ("Download-URL", "download_url"),
    ("Author", "author"),
    ("Author-Email", "author_email"),
    ("Maintainer", "maintainer"),
    ("Maintainer-Email", "maintainer_email"),
    ("License", "license"),
    ("License-Expression", "license_expression"),
    ("License-File", "license_file"),
    ("Requires-Python", "requires_python"),
    ("Platform", "platform"),
    ("Supported-Platform", "supported_platform"),
    ("Classifier", "classifiers"),
    ("Requires-Dist", "requires_dist"),
    ("Provides-Extra", "provides_extra"),
    ("Provides-Dist", "provides_dist"),
    ("Obsoletes-Dist", "obsoletes_dist"),
    ("Requires-External", "requires_external"),
    ("Project-URL", "project_urls"),
    ("Dynamic", "dynamic"),
    ("Import-Name", "import_names"),
    ("Import-Namespace", "import_namespaces"),
    ("Requires", "requires"),
    ("Provides", "provides"),
    ("Obsoletes", "obsoletes"),
];

pub(super) fn fields(metadata: &Metadata) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = metadata
        .headers()
        .iter()
        .filter_map(|(header, value)| {
            let (_, field) = FIELDS
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(header))?;
            Some(((*field).to_owned(), value.clone()))
        })
        .collect();
    if let Some(description) = metadata.description() {
        fields.push(("description".to_owned(), description.to_owned()));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_the_fields_that_the_form_knows() {
        let raw = "Metadata-Version: 2.4\nName: hello\nVersion: 1.0\nClassifier: A\nclassifier: B\n\
            Project-URL: Docs, https://example.com\nLicense-File: LICENSE\nPlatform: one\nHome-page: h\n\
            Author-email: a@example.com\nProvides-Extra: x\nX-Unknown: dropped\n\nBody\n";
        let form = Metadata::parse(raw.into()).unwrap().form_fields();
        let form: Vec<String> = form
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            form,
            [
                "metadata_version=2.4",
                "name=hello",
                "version=1.0",
                "classifiers=A",
                "classifiers=B",
                "project_urls=Docs, https://example.com",
                "license_file=LICENSE",
                "platform=one",
                "home_page=h",
                "author_email=a@example.com",
                "provides_extra=x",
                "description=Body\n",
            ]
        );
    }
}
