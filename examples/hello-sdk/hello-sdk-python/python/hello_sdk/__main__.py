"""The command `hello-sdk`, and `python -m hello_sdk`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from . import __version__, write_jsonl


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="hello-sdk", description="Write greetings as JSON lines.")
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--out", default="hello.jsonl", help="the file to write (default: %(default)s)")
    parser.add_argument("--version", action="version", version=__version__)
    args = parser.parse_args(argv)
    print(f"wrote {write_jsonl(args.out, args.names)} greetings to {args.out}")


if __name__ == "__main__":
    main()
