//! Who holds which object while a request on it is decided and done, and how often its metadata changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::OwnedMutexGuard;

use super::request::Object;

#[derive(Debug, Default)]
pub(super) struct Objects {
    locks: Mutex<HashMap<Object, Arc<tokio::sync::Mutex<()>>>>,
    /// Changes of the metadata of a generation; fake-gcs-server always says 1.
    changes: Mutex<HashMap<(Object, i64), i64>>,
}

impl Objects {
    /// Waits until nobody else works on any of these objects.
    pub(super) async fn hold(
        &self,
        objects: impl IntoIterator<Item = &Object>,
    ) -> Vec<OwnedMutexGuard<()>> {
        // In order, so that no two requests wait for each other.
        let objects: BTreeSet<&Object> = objects.into_iter().collect();
        let mut held = Vec::new();
        for object in objects {
            let lock = {
                let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
                locks.entry(object.clone()).or_default().clone()
            };
            held.push(lock.lock_owned().await);
        }
        held
    }

    pub(super) fn metageneration(&self, object: &Object, generation: i64) -> i64 {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        1 + changes
            .get(&(object.clone(), generation))
            .copied()
            .unwrap_or(0)
    }

    pub(super) fn changed(&self, object: &Object, generation: i64) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        *changes.entry((object.clone(), generation)).or_default() += 1;
    }

    /// Writes the metageneration into the description of each object in an answer.
    pub(super) fn number(&self, answer: &mut Value) {
        match answer {
            Value::Array(items) => items.iter_mut().for_each(|item| self.number(item)),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
                let object = text("bucket").zip(text("name"));
                let generation = text("generation").and_then(|text| text.parse().ok());
                if let (Some((bucket, name)), Some(generation)) = (object, generation) {
                    let number = self.metageneration(&Object { bucket, name }, generation);
                    fields.insert("metageneration".to_owned(), json!(number.to_string()));
                }
                for inner in ["items", "resource"] {
                    if let Some(inner) = fields.get_mut(inner) {
                        self.number(inner);
                    }
                }
            }
            _ => {}
        }
    }
}
