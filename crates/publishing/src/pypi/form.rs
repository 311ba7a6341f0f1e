//! The upload form: PyPI believes these fields and not the file, so all of the metadata goes in.

use super::{Distribution, Error, Kind};
use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use reqwest::{
    Body,
    multipart::{self, Part},
};
use serde_json::Value;
use std::io;
use tokio::{fs::File, io::AsyncReadExt as _};

/// What is read from the disk and handed to the connection at once.
const CHUNK: usize = 512 << 10;

/// The form of one file, which may be sent several times.
pub(super) struct Form<'a> {
    file: &'a Distribution,
    /// Before the file, in the order in which they are sent.
    fields: Vec<(String, String)>,
}

impl<'a> Form<'a> {
    /// Reads the file once, for the digest that only the form needs.
    pub(super) async fn new(file: &'a Distribution, attestations: &[Value]) -> Result<Self, Error> {
        let blake2_256 = file.blake2_256().await?;
        Ok(Self {
            file,
            fields: fields(file, &blake2_256, attestations),
        })
    }

    /// The whole form; the file is streamed from the disk.
    pub(super) async fn build(&self) -> Result<multipart::Form, Error> {
        let file = self.file;
        let unreadable = |cause: String| Error::File {
            path: file.path.clone(),
            cause,
        };
        let open = File::open(&file.path).await;
        let open = open.map_err(|error| unreadable(error.to_string()))?;
        let content = Part::stream_with_length(Body::wrap_stream(chunks(open)), file.size)
            .file_name(file.file_name.clone())
            .mime_str("application/octet-stream")
            .map_err(|error| unreadable(error.to_string()))?;
        let form = multipart::Form::new();
        let fields = self.fields.iter().cloned();
        let form = fields.fold(form, |form, (name, value)| form.text(name, value));
        Ok(form.part("content", content))
    }
}

fn fields(file: &Distribution, blake2_256: &str, attestations: &[Value]) -> Vec<(String, String)> {
    let filetype = match file.kind {
        Kind::Wheel => "bdist_wheel",
        Kind::Sdist => "sdist",
    };
    let own = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", filetype),
        ("pyversion", &file.python),
        ("sha256_digest", &file.sha256),
        ("blake2_256_digest", blake2_256),
    ];
    let mut fields: Vec<(String, String)> = own
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(file.metadata.iter().cloned())
        .collect();
    // GitLab's registry wants this field even when a package has nothing to say.
    if !fields.iter().any(|(name, _)| name == "requires_python") {
        fields.push(("requires_python".to_owned(), String::new()));
    }
    // PyPI refuses an empty list.
    if !attestations.is_empty() {
        let json = Value::from(attestations).to_string();
        fields.push(("attestations".to_owned(), json));
    }
    fields
}

/// The file in pieces. The pieces of reqwest's own stream are so small that reading them takes longer than sending them.
fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}
