"""Make the data file that we publish, by running the wheel that we publish.

It needs the installed wheel and nothing else: `python scripts/make_data.py hello.jsonl`.
"""

import argparse

import hello_sdk

PIONEERS = ["Ada", "Grace", "Katherine", "Margaret", "Radia"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="the file to write")
    out = parser.parse_args().out
    lines = hello_sdk.write_jsonl(out, PIONEERS)
    print(f"hello-sdk {hello_sdk.__version__} wrote {lines} greetings to {out}")


if __name__ == "__main__":
    main()
