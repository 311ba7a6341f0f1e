//! The pages in a real browser, from a plain file server: links, copy buttons, phones, dark and light, no script.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use testkit::needs;

use crate::bucket::{COMMIT, Place};

/// A static file server on a folder, ended with its handle.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // `Serving HTTP on 127.0.0.1 port 41235 (…) ...`
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port: u16 = line
            .split_whitespace()
            .find_map(|word| word.parse().ok())
            .unwrap();
        Self {
            child,
            address: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Pictures stay where `PICTURES` says, for a look; otherwise they are taken and forgotten.
fn pictures(place: &Place) -> PathBuf {
    let folder = std::env::var_os("PICTURES").map_or_else(|| place.path("pictures"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_link_leads_somewhere_and_every_page_is_readable_anywhere() {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let install = "chromium (Debian and Ubuntu: apt-get install chromium)";
    let Some(chromium) = needs::program(&names, install) else {
        return;
    };
    let place = Place::full();
    let server = Server::start(&place.path("bucket"));
    let expected = "wheel hello-sdk linux-x64\nwheel hello-sdk linux-arm64";
    place
        .index(&[("commit", COMMIT), ("expected", expected)])
        .assert_code(0);
    place
        .index(&[("public-url", &server.address), ("title", "Hello packages")])
        .assert_code(0);
    let pictures = pictures(&place);
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/browse.mjs"))
        .args([
            chromium.as_os_str(),
            server.address.as_ref(),
            pictures.as_os_str(),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    for nothing in ["broken", "said", "outside", "wrong", "wide", "hidden"] {
        assert_eq!(found[nothing], serde_json::json!([]), "{nothing}");
    }
    let pages: Vec<&str> = found["pages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for page in [
        "/index.html",
        &format!("/commit/{COMMIT}/index.html"),
        "/channels/latest/index.html",
        "/days/2026-11-21/1.html",
        "/days/2026-11-19/1.html",
        "/days/2026-11-19/2.html",
        "/benchmarks/speed/index.html",
    ] {
        assert!(pages.contains(&page), "{page} is not in {pages:?}");
    }
    let benchmarks = pages
        .iter()
        .filter(|page| page.starts_with("/benchmarks/speed/of/"));
    assert_eq!(benchmarks.count(), 3, "{pages:?}");
    plots_tell_values_and_lead_to_commits(&found["plots"]);
    assert!(found["copied"].as_u64().unwrap() > 8, "{found}");
    let closely = found["closely"].as_array().unwrap().len();
    let taken = std::fs::read_dir(&pictures).unwrap().count();
    assert!(
        closely >= 8 && taken >= closely * 4,
        "{taken} pictures of {closely} pages"
    );
}

/// Each plot, in two widths, dark and light.
fn plots_tell_values_and_lead_to_commits(plots: &Value) {
    let plots = plots.as_array().unwrap();
    assert_eq!(plots.len(), 3 * 4, "{plots:?}");
    let of_parse = plots
        .iter()
        .filter(|plot| plot["path"].as_str().unwrap().contains("/of/parse-"));
    assert_eq!(of_parse.clone().count(), 4);
    for plot in of_parse {
        assert_eq!(plot["points"], 57, "{plot}");
        let first = plot["values"].get(0).unwrap();
        let commit = format!("{:07x}{}", 0, "c".repeat(33));
        assert_eq!(first["says"], "12\u{a0}ms at 0000000, 2026-11-20 10:00 UTC");
        let page = format!("https://github.com/rerun-io/hello/commit/{commit}");
        assert_eq!(first["opens"], page);
    }
    for value in plots
        .iter()
        .flat_map(|plot| plot["values"].as_array().unwrap())
    {
        let opens = value["opens"].as_str().unwrap();
        assert!(opens.starts_with("https://github.com/rerun-io/hello/commit/"));
        assert!(value["says"].as_str().unwrap().contains(" at "), "{value}");
    }
}
