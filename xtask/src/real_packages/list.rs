//! Which packages: each platform, each way to build, and what is known to be odd, in versions that do not change.

/// A wheel as pip is asked for it.
pub(super) struct Wheel {
    pub(super) requirement: &'static str,
    pub(super) platform: &'static str,
    pub(super) python: &'static str,
}

impl Wheel {
    /// A folder of its own: pip chooses the file name.
    pub(super) fn folder(&self) -> String {
        let name = self.requirement.replace("==", "-");
        format!("{name}-{}-{}", self.platform, self.python)
    }
}

const fn wheel(requirement: &'static str, platform: &'static str, python: &'static str) -> Wheel {
    Wheel {
        requirement,
        platform,
        python,
    }
}

pub(super) const WHEELS: &[Wheel] = &[
    wheel("numpy==2.2.0", "manylinux2014_x86_64", "3.12"),
    wheel("numpy==2.2.0", "manylinux2014_aarch64", "3.12"),
    wheel("numpy==2.2.0", "musllinux_1_2_x86_64", "3.12"),
    wheel("numpy==2.2.0", "macosx_14_0_arm64", "3.12"),
    wheel("numpy==2.2.0", "win32", "3.12"),
    wheel("cryptography==44.0.0", "manylinux_2_28_x86_64", "3.12"),
    wheel("cryptography==44.0.0", "manylinux_2_28_aarch64", "3.12"),
    wheel("cryptography==44.0.0", "musllinux_1_2_x86_64", "3.12"),
    wheel("cryptography==44.0.0", "musllinux_1_2_aarch64", "3.12"),
    wheel("cryptography==44.0.0", "macosx_10_9_universal2", "3.12"),
    wheel("cryptography==44.0.0", "win_amd64", "3.12"),
    wheel("cryptography==44.0.0", "win32", "3.12"),
    wheel("ruff==0.8.4", "manylinux_2_17_x86_64", "3.12"),
    wheel("ruff==0.8.4", "musllinux_1_2_aarch64", "3.12"),
    wheel("ruff==0.8.4", "macosx_11_0_arm64", "3.12"),
    wheel("ruff==0.8.4", "win_arm64", "3.12"),
    wheel("maturin==1.7.8", "macosx_10_12_x86_64", "3.12"),
    wheel("pydantic-core==2.27.2", "win_arm64", "3.12"),
    wheel("pydantic-core==2.27.2", "musllinux_1_1_aarch64", "3.12"),
    wheel("pydantic-core==2.27.2", "manylinux2014_armv7l", "3.12"),
    wheel("rerun-sdk==0.21.0", "manylinux_2_31_x86_64", "3.12"),
    wheel("rerun-sdk==0.21.0", "manylinux_2_31_aarch64", "3.12"),
    wheel("rerun-sdk==0.21.0", "macosx_11_0_arm64", "3.12"),
    wheel("rerun-sdk==0.21.0", "win_amd64", "3.12"),
    wheel("pillow==11.0.0", "macosx_11_0_arm64", "3.12"),
    wheel("pillow==11.0.0", "manylinux_2_28_x86_64", "3.12"),
    wheel("lxml==5.3.0", "macosx_10_9_universal2", "3.12"),
    wheel("markupsafe==3.0.3", "macosx_10_13_x86_64", "3.12"),
    wheel("markupsafe==3.0.3", "musllinux_1_2_x86_64", "3.13"),
    wheel("grpcio==1.68.1", "macosx_10_14_universal2", "3.12"),
    wheel("polars==1.17.1", "manylinux_2_24_aarch64", "3.12"),
    wheel("pyarrow==18.1.0", "win_amd64", "3.12"),
    wheel("psutil==6.1.1", "manylinux2014_x86_64", "3.12"),
    wheel("psutil==6.1.1", "macosx_11_0_arm64", "3.12"),
    wheel("pywin32==308", "win_amd64", "3.12"),
    wheel("protobuf==5.29.2", "win32", "3.12"),
    wheel("orjson==3.10.12", "musllinux_1_2_armv7l", "3.12"),
    wheel("tokenizers==0.21.0", "macosx_11_0_arm64", "3.12"),
    wheel("libclang==18.1.1", "manylinux2010_x86_64", "3.12"),
    wheel("cmake==3.31.2", "musllinux_1_1_x86_64", "3.12"),
    wheel("debugpy==1.8.11", "any", "3.12"),
    wheel("setuptools==75.6.0", "any", "3.12"),
    wheel("pip==24.3.1", "any", "3.12"),
    wheel("wheel==0.45.1", "any", "3.12"),
    wheel("six==1.17.0", "any", "3.12"),
    wheel("django==5.2.1", "any", "3.12"),
    wheel("requests==2.32.3", "any", "3.12"),
    wheel("virtualenv==20.28.0", "any", "3.12"),
    wheel("distlib==0.3.9", "any", "3.12"),
    wheel("jupyterlab==4.3.4", "any", "3.12"),
    wheel("botocore==1.35.86", "any", "3.12"),
];

pub(super) const CRATES: &[(&str, &str)] = &[
    ("anyhow", "1.0.95"),
    ("axum", "0.7.9"),
    ("bytes", "1.9.0"),
    ("chrono", "0.4.39"),
    ("clap", "4.5.23"),
    ("crossbeam", "0.8.4"),
    ("egui", "0.29.1"),
    ("futures", "0.3.31"),
    ("glam", "0.29.2"),
    ("hyper", "1.5.2"),
    ("image", "0.25.5"),
    ("indexmap", "2.7.0"),
    ("itertools", "0.13.0"),
    ("libc", "0.2.169"),
    ("log", "0.4.22"),
    ("ndarray", "0.16.1"),
    ("openssl-sys", "0.9.104"),
    ("parking_lot", "0.12.3"),
    ("prost", "0.13.4"),
    ("rand", "0.8.5"),
    ("rayon", "1.10.0"),
    ("regex", "1.11.1"),
    ("reqwest", "0.12.9"),
    ("rustls", "0.23.20"),
    ("serde", "1.0.216"),
    ("serde_json", "1.0.134"),
    ("syn", "2.0.91"),
    ("thiserror", "2.0.9"),
    ("tokio", "1.42.0"),
    ("tracing", "0.1.41"),
    ("wgpu", "23.0.1"),
    ("winit", "0.30.7"),
    ("windows-sys", "0.59.0"),
    ("pyo3", "0.23.3"),
    ("re_types", "0.21.0"),
];
