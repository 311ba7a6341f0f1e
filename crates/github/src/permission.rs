//! Which permissions a request needs, as GitHub says in its answer, and the keys of `permissions:` that grant them.

use std::fmt;

use http::{HeaderMap, Method};

/// What `permissions:` of a job can grant; any other permission only an app or a personal access token can have.
const OF_JOBS: [&str; 14] = [
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
];

/// Alternatives, each of which would do: permissions that a token needs together, such as `contents: write`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<Vec<Permission>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Permission {
    scope: String,
    access: String,
}

impl Permissions {
    /// What the answer says that the request needs, as in `contents=write; contents=write,workflows=write`.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let text = headers
            .get("x-accepted-github-permissions")?
            .to_str()
            .ok()?;
        let one = |text: &str| {
            let (scope, access) = text.trim().split_once('=')?;
            let scope = scope.trim().to_lowercase().replace('_', "-");
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            // Every token can read metadata.
            let named = !scope.is_empty() && scope != "metadata";
            (named && scope.chars().all(plain)).then(|| Permission {
                scope,
                access: match access.trim() {
                    "write" | "admin" => "write",
                    _ => "read",
                }
                .to_owned(),
            })
        };
        let alternatives = text.split(';').map(|all| {
            let all = all.split(',').filter_map(one);
            all.collect::<Vec<_>>()
        });
        let mut alternatives: Vec<_> = alternatives.filter(|all| !all.is_empty()).collect();
        // Of those that would do, a job most likely has this one.
        let of_pulls = |all: &Vec<Permission>| all.iter().any(|it| it.scope == "pull-requests");
        alternatives.sort_by_key(|all| !of_pulls(all));
        (!alternatives.is_empty()).then_some(Self(alternatives))
    }

    /// What a request needs where the answer does not say, as for what is hidden.
    pub(crate) fn of_request(method: &Method, path: &str) -> Option<Self> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut parts = path.trim_start_matches('/').split('/').skip(3);
        let scopes: &[&str] = match (parts.next()?, parts.nth(1)) {
            ("pulls", _) | ("commits", Some("pulls")) => &["pull-requests"],
            ("issues" | "labels", _) => &["pull-requests", "issues"],
            ("statuses", _) | ("commits", Some("status" | "statuses")) => &["statuses"],
            ("check-runs", _) | ("commits", Some("check-runs")) => &["checks"],
            ("actions", _) => &["actions"],
            ("attestations", _) => &["attestations"],
            _ => &["contents"],
        };
        let access = match method.is_safe() {
            true => "read",
            false => "write",
        };
        let alternatives = scopes.iter().map(|scope| {
            vec![Permission {
                scope: (*scope).to_owned(),
                access: access.to_owned(),
            }]
        });
        Some(Self(alternatives.collect()))
    }

    /// The alternatives that a job's own token can have.
    pub(crate) fn of_jobs(&self) -> Option<Self> {
        let of_jobs =
            |all: &&Vec<Permission>| all.iter().all(|it| OF_JOBS.contains(&it.scope.as_str()));
        let found: Vec<_> = self.0.iter().filter(of_jobs).cloned().collect();
        (!found.is_empty()).then_some(Self(found))
    }

    /// Whether more is needed to bring in files of workflows, which no job's token can have.
    pub(crate) fn know_workflows(&self) -> bool {
        self.0.iter().flatten().any(|it| it.scope == "workflows")
    }
}

/// As in `` `pull-requests: read` or `issues: read` ``.
impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, all) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " or " })?;
            for (at, Permission { scope, access }) in all.iter().enumerate() {
                let and = if at == 0 { "" } else { " and " };
                write!(f, "{and}`{scope}: {access}`")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(header: &str) -> Option<Permissions> {
        let headers = [(
            "x-accepted-github-permissions".parse().unwrap(),
            header.parse().unwrap(),
        )];
        Permissions::accepted(&headers.into_iter().collect())
    }

    #[test]
    fn the_header_is_read_as_keys_of_a_job() {
        let told = accepted("pull_requests=read").unwrap();
        assert_eq!(told.to_string(), "`pull-requests: read`");
        let told = accepted("issues=write; pull_requests=write").unwrap();
        assert_eq!(
            told.to_string(),
            "`pull-requests: write` or `issues: write`"
        );
        assert_eq!(told.of_jobs(), Some(told));
        let tag = accepted("contents=write; contents=write,workflows=write").unwrap();
        assert!(tag.know_workflows());
        assert_eq!(tag.of_jobs().unwrap().to_string(), "`contents: write`");
        assert_eq!(accepted("administration=write").unwrap().of_jobs(), None);
        for nothing in ["", "metadata=read", ";,=", "a b=read"] {
            assert_eq!(accepted(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn without_the_header_the_path_tells() {
        let of = |method: &Method, path: &str| {
            Permissions::of_request(method, path).map(|it| it.to_string())
        };
        let get = |path: &str| of(&Method::GET, path).unwrap();
        assert_eq!(get("/repos/o/r/pulls/7"), "`pull-requests: read`");
        assert_eq!(
            get("/repos/o/r/commits/1/pulls?page=2"),
            "`pull-requests: read`"
        );
        assert_eq!(
            get("/repos/o/r/labels?page=1"),
            "`pull-requests: read` or `issues: read`"
        );
        assert_eq!(get("/repos/o/r/compare/a...b"), "`contents: read`");
        let tag = of(&Method::POST, "/repos/o/r/git/refs");
        assert_eq!(tag.as_deref(), Some("`contents: write`"));
        assert_eq!(of(&Method::GET, "/repos/o/r"), None);
    }
}
