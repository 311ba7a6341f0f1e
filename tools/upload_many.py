"""What `cargo xtask bench upload` compares with: the transfer manager of Google's own Python client, with 16 workers."""

import pathlib
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage import transfer_manager

endpoint, folder = sys.argv[1], pathlib.Path(sys.argv[2])
client = storage.Client(
    project="tests",
    credentials=AnonymousCredentials(),
    client_options={"api_endpoint": endpoint},
)
names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
results = transfer_manager.upload_many_from_filenames(
    client.bucket("tests"),
    names,
    source_directory=str(folder),
    blob_name_prefix="packages/",
    skip_if_exists=True,
    max_workers=16,
)
# A file that is there already is answered with an error of its own.
failed = [r for r in results if isinstance(r, Exception) and "conditionNotMet" not in str(r) and "412" not in str(r)]
if failed:
    sys.exit(f"failed to upload {len(failed)} files: {failed[0]}")
