"""Checks the metadata of an upload form with `packaging`, and with the rules that PyPI adds. In: [[field, value], ...]."""

import json
import sys

from packaging.metadata import InvalidMetadata, Metadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, canonicalize_version
from trove_classifiers import all_classifiers, deprecated_classifiers

SEVERAL = {
    "platform": "platforms",
    "supported_platform": "supported_platforms",
    "license_file": "license_files",
    "import_name": "import_names",
    "import_namespace": "import_namespaces",
    "classifiers": "classifiers",
    "requires_dist": "requires_dist",
    "provides_dist": "provides_dist",
    "obsoletes_dist": "obsoletes_dist",
    "requires_external": "requires_external",
    "provides_extra": "provides_extra",
    "dynamic": "dynamic",
    "requires": "requires",
    "provides": "provides",
    "obsoletes": "obsoletes",
}
ONE = set(
    "metadata_version name version summary description description_content_type home_page download_url author"
    " author_email maintainer maintainer_email license license_expression requires_python".split()
)
TAKEN = {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"}


def raw_of(form):
    values = {}
    for field, value in form:
        values.setdefault(field, []).append(value)
    raw, wrong = {}, []
    for field, many in values.items():
        if many == [""]:
            continue
        if field in SEVERAL:
            raw[SEVERAL[field]] = many
        elif field in ONE and len(many) == 1:
            raw[field] = many[0]
        elif field == "keywords" and len(many) == 1:
            raw[field] = [word.strip() for word in many[0].split(",")]
        elif field == "project_urls":
            pairs = [tuple(part.strip() for part in (one.split(",", 1) + [""])[:2]) for one in many]
            if len({label for label, _ in pairs}) == len(pairs):
                raw[field] = dict(pairs)
            else:
                wrong.append((field, f"{field!r} has invalid data"))
        elif field in ONE or field == "keywords":
            wrong.append((field, f"{field!r} has invalid data"))
    return raw, wrong


def own_rules(meta):
    if meta.metadata_version not in TAKEN:
        yield "metadata-version", f"{meta.metadata_version!r} is not a valid metadata version"
    if meta.version.local:
        yield "version", f"The use of local versions in '{meta.version}' is not allowed."
    if meta.summary and len(meta.summary) > 512:
        yield "summary", "'summary' field must be 512 characters or less."
    for classifier in sorted(set(meta.classifiers or [])):
        if classifier in deprecated_classifiers:
            yield "classifier", f"The classifier {classifier!r} has been deprecated."
        elif classifier not in all_classifiers:
            yield "classifier", f"{classifier!r} is not a valid classifier."
    for label, url in (meta.project_urls or {}).items():
        if not label:
            yield "project-url", "Must have a label"
        elif len(label) > 32:
            yield "project-url", f"{label!r} must be 32 characters or less."
        elif not url:
            yield "project-url", "Must have a URL"
    for requirement in meta.requires_dist or []:
        if requirement.url is not None:
            yield "requires-dist", f"Can't have direct dependency: {requirement}"
    for field in ("provides_dist", "obsoletes_dist"):
        for text in getattr(meta, field) or []:
            try:
                if Requirement(text).url is not None:
                    yield field, f"Can't have direct dependency: {text!r}"
            except InvalidRequirement as error:
                yield field, f"{text!r} is invalid: {error}"
    if meta.license and meta.license_expression:
        yield "license", "License is deprecated when License-Expression is present."


def verdict(form):
    raw, wrong = raw_of(form)
    if not wrong:
        try:
            meta = Metadata.from_raw(raw)
            wrong = list(own_rules(meta))
        except Exception as group:
            errors = getattr(group, "exceptions", [group])
            wrong = [(getattr(error, "field", ""), str(error)) for error in errors]
    if wrong:
        order = ["metadata-version", "name", "version"]
        wrong.sort(key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[0]))
        text = wrong[0][1]
        dot = "" if text.endswith(".") else "."
        return {"error": f"{text}{dot} See the core metadata specification for more information."}
    return {
        "project": canonicalize_name(meta.name),
        "version": str(meta.version),
        "canonical_version": canonicalize_version(meta.version),
        "license_files": meta.license_files or [],
    }


json.dump(verdict(json.load(sys.stdin)), sys.stdout)
