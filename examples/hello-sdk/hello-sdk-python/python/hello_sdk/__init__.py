"""Greetings in a few languages, from Rust."""

from importlib.metadata import version

from ._native import greet, languages
from .records import write_jsonl

__version__ = version("hello-sdk")
__all__ = ["__version__", "greet", "languages", "write_jsonl"]
