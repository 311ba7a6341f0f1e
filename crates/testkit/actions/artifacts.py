"""Artifacts of one run as GitHub keeps them: a zip per name, immutable, without the executable bit.

The rules are those of actions/upload-artifact (`src/shared/search.ts`), actions/download-artifact and of
`@actions/artifact` and `@actions/glob` of actions/toolkit. The file `artifacts-folder` beside this one names the folder.
"""

import fnmatch
import hashlib
import os
import re
import secrets
import sys
import zipfile
from pathlib import Path

STORE = Path(Path(__file__).with_name("artifacts-folder").read_text().strip())


def fail(message):
    print(f"::error::{message}")
    sys.exit(1)


def setting(name):
    return os.environ.get(f"INPUT_{name}", "")


def is_true(name):
    value = setting(name)
    if value not in ("true", "True", "TRUE", "false", "False", "FALSE"):
        fail(f"Input does not meet YAML 1.2 \"Core Schema\" specification: {name.lower().replace('_', '-')}")
    return value.lower() == "true"


def output(name, value):
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def check(what, value, forbidden):
    for character in forbidden:
        if character in value:
            fail(f"The {what} is not valid: {value}. Contains the following character: {character!r}")


class Pattern:
    """One line of `path`, as @actions/glob reads it."""

    def __init__(self, text):
        self.negate = text.startswith("!")
        text = text.lstrip("!").strip()
        if text == "~" or text.startswith("~/"):
            text = os.path.expanduser("~") + text[1:]
        self.path = os.path.normpath(os.path.join(os.getcwd(), text))
        parts = self.path.split("/")
        literal = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
        # Where the search starts: the part in front of the first wildcard.
        self.start = "/".join(parts[:literal]) or "/"
        expression = "".join("(?:/[^/]+)*" if part == "**" else "/" + self.part(part) for part in parts[1:])
        # A directory stands for all that is in it.
        self.expression = re.compile(expression + r"(?:/.*)?\Z")

    @staticmethod
    def part(text):
        out, i = "", 0
        while i < len(text):
            closing = text.find("]", i + 2) if text[i] == "[" else -1
            if text[i] == "*":
                out += "[^/]*"
            elif text[i] == "?":
                out += "[^/]"
            elif closing > 0:
                out += re.sub(r"^\[!", "[^", text[i : closing + 1])
                i = closing
            else:
                out += re.escape(text[i])
            i += 1
        return out


def found(patterns):
    """The files that the patterns name, and the folder that becomes the root of the artifact."""
    starts = {pattern.start for pattern in patterns if not pattern.negate}
    starts = sorted(s for s in starts if not any(s != t and s.startswith(t.rstrip("/") + "/") for t in starts))
    hidden = is_true("INCLUDE_HIDDEN_FILES")
    files = []
    for start in starts:
        stack = [start]
        while stack:
            path = stack.pop()
            if not hidden and os.path.basename(path).startswith("."):
                continue
            if os.path.isdir(path):
                stack.extend(os.path.join(path, name) for name in os.listdir(path))
                continue
            matched = False
            for pattern in patterns:
                if pattern.expression.match(path):
                    matched = not pattern.negate
            if matched and os.path.exists(path):
                files.append(path)
    if len(starts) > 1:
        root = os.path.commonpath(starts)
    elif files == starts:
        root = os.path.dirname(starts[0])
    else:
        root = starts[0] if starts else os.getcwd()
    return sorted(files), root


def upload():
    name = setting("NAME") or "artifact"
    check("artifact name", name, '":<>|*?\r\n\\/')
    behaviour = setting("IF_NO_FILES_FOUND")
    if behaviour not in ("warn", "error", "ignore"):
        fail(f"Unrecognized if-no-files-found input. Provided: {behaviour}. Available options: warn,error,ignore")
    days = setting("RETENTION_DAYS")
    if days and not (days.isdigit() and int(days) <= 90):
        fail(f"Invalid retention-days: {days}")
    level = setting("COMPRESSION_LEVEL")
    if level not in map(str, range(10)):
        fail(f"Invalid compression-level: {level}")
    if not setting("PATH").strip():
        fail("Input required and not supplied: path")
    lines = [line.strip() for line in setting("PATH").splitlines()]
    files, root = found([Pattern(line) for line in lines if line and not line.startswith("#")])
    if not files:
        message = f"No files were found with the provided path: {setting('PATH')}. No artifacts will be uploaded."
        if behaviour == "error":
            fail(message)
        print(f"::warning::{message}" if behaviour == "warn" else message)
        return
    STORE.mkdir(parents=True, exist_ok=True)
    draft = STORE / f".{secrets.token_hex(8)}"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=int(level)) as archive:
        for file in files:
            inside = os.path.relpath(file, root)
            check("path", inside, '":<>|*?\r\n')
            # By its bytes alone: neither the executable bit nor a symbolic link gets through.
            archive.writestr(zipfile.ZipInfo(inside), Path(file).read_bytes())
    final = STORE / f"{name}.zip"
    try:
        if is_true("OVERWRITE"):
            final.unlink(missing_ok=True)
        os.link(draft, final)
    except FileExistsError:
        fail(
            "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
            "an artifact with this name already exists on the workflow run"
        )
    finally:
        draft.unlink()
    output("artifact-id", secrets.randbelow(2**31))
    output("artifact-digest", hashlib.sha256(final.read_bytes()).hexdigest())
    print(f"Artifact {name} has been successfully uploaded: {len(files)} files")


def download():
    into = Path(os.path.expanduser(setting("PATH")) or os.getcwd()).absolute()
    known = {path.name.removesuffix(".zip"): path for path in sorted(STORE.glob("[!.]*.zip"))} if STORE.is_dir() else {}
    name, merge = setting("NAME"), is_true("MERGE_MULTIPLE")
    if name:
        if name not in known:
            fail(f"Unable to download artifact(s): Artifact not found for name: {name}")
        chosen = [(known[name], into)]
    else:
        pattern = setting("PATTERN") or "*"
        names = [one for one in known if fnmatch.fnmatchcase(one, pattern)]
        chosen = [(known[one], into if merge else into / one) for one in names]
    for path, folder in chosen:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    output("download-path", into)
    print(f"Total of {len(chosen)} artifact(s) downloaded")


{"upload": upload, "download": download}[sys.argv[1]]()
