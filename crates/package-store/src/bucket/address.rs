//! What a bucket's address means: which backend, which bucket, and what may be shown of it.

use std::path::{Path, PathBuf};

use url::{Url, form_urlencoded};

use crate::error::StoreError;

/// The forms of an address, as errors list them.
pub(crate) const KNOWN: &str = "`gs://bucket/prefix`, `s3://bucket/prefix`, `az://container/prefix`, `file:///folder`, a folder's path, `memory://`";

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Folder(PathBuf),
    Memory,
    Remote(Remote),
}

/// A bucket behind an HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) service: Service,
    pub(crate) bucket: String,
    /// Without slashes at its ends; empty for the whole bucket.
    pub(crate) prefix: String,
    pub(crate) settings: Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Google,
    S3,
    Azure,
}

/// What follows the `?` of an address. No key of it is a secret: credentials come from where each cloud's tools find them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Server that stands in for the cloud's own, for example an emulator's.
    pub(crate) endpoint: Option<String>,
    /// Send requests unsigned.
    pub(crate) anonymous: bool,
    /// Region of an S3 bucket.
    pub(crate) region: Option<String>,
    /// Storage account of an Azure container.
    pub(crate) account: Option<String>,
    /// Google's provider that trusts the identity of the CI job.
    pub(crate) workload_identity_provider: Option<String>,
    /// Google's service account that the job may act as.
    pub(crate) service_account: Option<String>,
}

/// Reads an address; the second value is the address as it may be shown: no user info, no query.
pub(crate) fn parse(given: &str) -> Result<(Place, String), StoreError> {
    let Some((scheme, rest)) = given.split_once("://") else {
        if given.trim().is_empty() {
            return Err(StoreError::Scheme {
                given: given.to_owned(),
            });
        }
        let shown = given.strip_prefix("./").filter(|rest| !rest.is_empty());
        let shown = shown.unwrap_or(given).to_owned();
        return Ok((Place::Folder(PathBuf::from(given)), shown));
    };
    match scheme {
        "gs" => remote(Service::Google, scheme, rest),
        "s3" => remote(Service::S3, scheme, rest),
        "az" => remote(Service::Azure, scheme, rest),
        "file" => folder(given),
        "memory" => Ok((Place::Memory, "memory://".to_owned())),
        _ => Err(StoreError::Scheme {
            given: format!("{scheme}://…"),
        }),
    }
}

/// Refuses a bare path where a folder would end with the job: a cloud's scheme was forgotten.
pub(crate) fn check_on_runner(given: &str) -> Result<(), StoreError> {
    let relative = ["./", "../", ".\\", "..\\"];
    let meant = given == "."
        || given == ".."
        || given.contains("://")
        || Path::new(given).is_absolute()
        || relative.iter().any(|start| given.starts_with(start));
    if meant || given.trim().is_empty() {
        return Ok(());
    }
    Err(StoreError::Address {
        address: given.to_owned(),
        reason: format!(
            "without a scheme it is a folder of this runner, which ends with the job: write `gs://{given}`, `s3://{given}` or `az://{given}`; if a folder is meant, `./{given}`"
        ),
    })
}

fn folder(given: &str) -> Result<(Place, String), StoreError> {
    let bad = || StoreError::Address {
        address: given.to_owned(),
        reason: "write `file:///` and an absolute path, or just the path".to_owned(),
    };
    let url = Url::parse(given).map_err(|_| bad())?;
    let path = url.to_file_path().map_err(|()| bad())?;
    let shown = path.display().to_string();
    Ok((Place::Folder(path), shown))
}

fn remote(service: Service, scheme: &str, rest: &str) -> Result<(Place, String), StoreError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    let prefix = prefix.trim_matches('/');
    let bad = |address: String, reason: &str| StoreError::Address {
        address,
        reason: reason.to_owned(),
    };
    if bucket.contains('@') {
        return Err(bad(
            format!("{scheme}://…"),
            "an address must not contain credentials",
        ));
    }
    let shown = if prefix.is_empty() {
        format!("{scheme}://{bucket}")
    } else {
        format!("{scheme}://{bucket}/{prefix}")
    };
    if bucket.is_empty() {
        return Err(bad(shown, "it has no bucket name"));
    }
    let odd = |segment: &str| segment.is_empty() || segment == "." || segment == "..";
    if !prefix.is_empty() && prefix.split('/').any(odd) {
        return Err(bad(shown, "its prefix has an empty, `.` or `..` part"));
    }
    let settings = settings(query).map_err(|reason| bad(shown.clone(), &reason))?;
    let place = Place::Remote(Remote {
        service,
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        settings,
    });
    Ok((place, shown))
}

fn settings(query: &str) -> Result<Settings, String> {
    let mut settings = Settings::default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "endpoint" => settings.endpoint = Some(endpoint(&value)?),
            "anonymous" => {
                settings.anonymous = match value.as_ref() {
                    "true" => true,
                    "false" => false,
                    _ => return Err("`anonymous` is `true` or `false`".to_owned()),
                };
            }
            "region" => settings.region = Some(value.into_owned()),
            "account" => settings.account = Some(value.into_owned()),
            "workload-identity-provider" => {
                settings.workload_identity_provider = Some(value.into_owned());
            }
            "service-account" => settings.service_account = Some(value.into_owned()),
            // The value is not repeated: somebody may have put a key there.
            _ => {
                return Err(format!(
                    "unknown setting `{key}`: the settings are `endpoint`, `anonymous`, `region`, `account`, `workload-identity-provider`, `service-account`"
                ));
            }
        }
    }
    Ok(settings)
}

/// Checks an endpoint and takes the slash off its end.
pub(crate) fn endpoint(value: &str) -> Result<String, String> {
    let reason = "`endpoint` must be an address like `http://127.0.0.1:4443`";
    let url = Url::parse(value).map_err(|_| reason.to_owned())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(reason.to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err("`endpoint` must not have credentials or a query".to_owned());
    }
    Ok(value.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_is_understood() {
        let (place, shown) =
            parse("gs://wheels/some/prefix/?endpoint=http://127.0.0.1:4443/&anonymous=true")
                .unwrap();
        assert_eq!(shown, "gs://wheels/some/prefix");
        let Place::Remote(remote) = place else {
            panic!("no remote bucket");
        };
        assert_eq!(
            (remote.bucket.as_str(), remote.prefix.as_str()),
            ("wheels", "some/prefix")
        );
        assert_eq!(
            remote.settings.endpoint.as_deref(),
            Some("http://127.0.0.1:4443")
        );
        assert!(remote.settings.anonymous);

        assert_eq!(parse("memory://").unwrap().0, Place::Memory);
        assert_eq!(
            parse("file:///a%20b/c").unwrap().0,
            Place::Folder("/a b/c".into())
        );
        assert_eq!(
            parse("out/bucket").unwrap().0,
            Place::Folder("out/bucket".into())
        );
    }

    #[test]
    fn on_a_runner_a_bare_path_is_refused_with_what_to_write() {
        for bare in ["acme-packages/x", "bucket", "~/bucket", ".bucket"] {
            let error = check_on_runner(bare).unwrap_err().to_string();
            assert!(error.contains(&format!("`gs://{bare}`")), "{error}");
            assert!(error.contains(&format!("`./{bare}`")), "{error}");
        }
        for meant in [
            "./x",
            "../x",
            ".",
            "/srv/bucket",
            "file:///x",
            "gs://x",
            "memory://",
        ] {
            check_on_runner(meant).unwrap();
        }
    }

    #[test]
    fn an_unknown_scheme_is_answered_with_the_known_ones() {
        let error = parse("ftp://user:hunter2@host/x").unwrap_err().to_string();
        assert!(
            error.contains("gs://") && error.contains("memory://"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn an_error_never_repeats_credentials() {
        for given in [
            "gs://user:hunter2@bucket/x",
            "s3://bucket/x?secret_access_key=hunter2",
            "s3://bucket/x?endpoint=http://user:hunter2@host",
            "az://bucket/x?endpoint=https://host/?sig=hunter2",
        ] {
            let error = parse(given).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_prefix_cannot_climb() {
        for given in [
            "gs://",
            "gs://bucket/../other",
            "gs://bucket/a//b",
            "file://relative",
        ] {
            assert!(
                matches!(parse(given), Err(StoreError::Address { .. })),
                "{given}"
            );
        }
    }
}
