//! What Python sees of `hello-core`: the module `hello_sdk._native`.

use pyo3::prelude::*;

#[pymodule(name = "_native")]
mod native {
    use hello_core::{Language, UnknownLanguage};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// Greets somebody in the language of that two-letter code.
    #[pyfunction]
    #[pyo3(signature = (name, language = "en"))]
    fn greet(name: &str, language: &str) -> PyResult<String> {
        let language: Language = language
            .parse()
            .map_err(|error: UnknownLanguage| PyValueError::new_err(error.to_string()))?;
        Ok(hello_core::greet(name, language))
    }

    /// The two-letter codes of all languages, sorted.
    #[pyfunction]
    fn languages() -> Vec<&'static str> {
        Language::ALL
            .iter()
            .map(|language| language.code())
            .collect()
    }
}
