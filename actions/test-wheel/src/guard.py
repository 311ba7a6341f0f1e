"""A plugin of pytest, also within the workers of pytest-xdist: notes where the wheel's module was imported from, and what ran."""

import faulthandler
import json
import os
import sys
import sysconfig
import time

import pytest

MODULE = os.environ["TEST_WHEEL_MODULE"]
NOTES = os.environ["TEST_WHEEL_NOTES"]
DEADLINE = os.environ.get("TEST_WHEEL_DEADLINE")
ROOTS = tuple(os.path.realpath(sysconfig.get_paths()[key]) + os.sep for key in ("purelib", "platlib"))

# Output is not captured yet, so the stacks of a test that hangs reach the log. Workers start later, and end at the same time.
if DEADLINE:
    remaining = max(float(DEADLINE) - time.time(), 0.1)
    faulthandler.dump_traceback_later(remaining, file=os.fdopen(os.dup(2), "w"))


def note(kind, **what):
    with open(os.path.join(NOTES, f"{os.getpid()}.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": kind, **what}) + "\n")


def look_at_module():
    module = sys.modules.get(MODULE)
    if module is None:
        return
    paths = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", []))]
    if not any(os.path.realpath(path).startswith(ROOTS) for path in paths):
        note("imported", path=next(filter(None, paths), "somewhere else"))


def pytest_collection_finish():
    look_at_module()


def pytest_runtest_logstart(nodeid, location):
    note("started", test=nodeid, file=location[0], line=location[1])


def pytest_runtest_logfinish(nodeid, location):
    note("finished", test=nodeid)
    look_at_module()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # The process that started the workers notes it.
    note("report", test=report.nodeid, outcome=report.outcome, seconds=report.duration, text=report.longreprtext)


def pytest_sessionfinish():
    look_at_module()
