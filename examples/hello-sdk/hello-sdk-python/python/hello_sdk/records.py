"""Greetings as data: one JSON object per line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from ._native import greet, languages


def write_jsonl(path: str | os.PathLike[str], names: Iterable[str]) -> int:
    """Write a line per name and language, and return how many.

    The bytes depend on the names alone, so that a file made twice is the same file.
    """
    lines = [
        json.dumps({"name": name, "language": code, "text": greet(name, code)}, ensure_ascii=False)
        for name in names
        for code in languages()
    ]
    # Windows would otherwise write other line ends and another encoding.
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
    return len(lines)
