"""The part of the wheel that is Python."""

import importlib.resources
import json
import subprocess
import sys

import hello_sdk


def test_a_line_is_written_per_name_and_language(tmp_path):
    path = tmp_path / "hello.jsonl"
    assert hello_sdk.write_jsonl(path, ["Ada", "Grace"]) == 2 * len(hello_sdk.languages())
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert first == {"name": "Ada", "language": "de", "text": "Hallo, Ada!"}


def test_the_same_names_make_the_same_bytes(tmp_path):
    for file in ("one", "two"):
        hello_sdk.write_jsonl(tmp_path / file, ["Ada"])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_command_writes_the_file(tmp_path):
    path = tmp_path / "hello.jsonl"
    command = [sys.executable, "-m", "hello_sdk", "--out", str(path), "Ada"]
    subprocess.run(command, check=True, timeout=60)
    assert path.stat().st_size > 0


def test_type_checkers_find_the_types():
    files = importlib.resources.files("hello_sdk")
    assert (files / "py.typed").is_file()
    assert (files / "_native.pyi").is_file()
