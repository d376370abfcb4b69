"""The release as a Workflow Run RO-Crate: which workflow was run, with which settings, and what came of it.

RO-Crate 1.1 with the profiles Workflow Run Crate 0.5 and Workflow RO-Crate 1.0 (https://w3id.org/ro/wfrun/workflow/0.5).
"""

import mimetypes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from retort.release.archive import Contents, digest, size

METADATA = "ro-crate-metadata.json"
WORKFLOW = "Snakefile"
# Of the terms of workflow runs one is used, and given here, so that no second context must be fetched.
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles"
LICENCE = "https://spdx.org/licenses/MIT"
TYPES = {".parquet": "application/vnd.apache.parquet", ".cff": "application/yaml", ".yml": "application/yaml"}
TYPES |= {".safetensors": "application/octet-stream", ".tex": "application/x-tex", ".md": "text/markdown"}


def metadata(facts: Mapping[str, Any], contents: Contents, described: Mapping[str, str]) -> dict[str, Any]:
    """The metadata of the crate, as JSON-LD.

    Args:
        facts: `title, description, version, commit, epoch, repository, scale, from, snakemake, authors` and `datasets`,
            of which each has `name, title, url, licence`.
        contents: all files of the release by path.
        described: what each of the more important of them is, by path; one that ends in a slash is a folder.
    """
    moment = datetime.fromtimestamp(facts["epoch"], UTC).isoformat()
    settings = {key: facts[key] for key in ("scale", "from")}
    files = [path for path in described if not path.endswith("/")]
    results = [path for path in files if path.startswith("pdf/")]
    graph: list[dict[str, Any]] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": [_to(SPECIFICATION), _to("https://w3id.org/workflowhub/workflow-ro-crate/1.0")],
            "about": _to("./"),
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": facts["title"],
            "description": facts["description"],
            "version": facts["version"],
            "datePublished": moment,
            "license": _to(LICENCE),
            "author": _to("#authors"),
            "publisher": _to("#authors"),
            "conformsTo": [_to(profile) for profile in PROFILES],
            "mainEntity": _to(WORKFLOW),
            "mentions": _to("#run"),
            "hasPart": [_to(path) for path in (WORKFLOW, *(path for path in described if path != WORKFLOW))],
        },
        *(
            {"@id": profile, "@type": "CreativeWork", "name": name, "version": version}
            for profile, (name, version) in PROFILES.items()
        ),
        {
            "@id": WORKFLOW,
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": facts["title"],
            "encodingFormat": "text/plain",
            "conformsTo": _to(f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"),
            "description": "The whole pipeline, from public data to the paper; rules are in workflow/rules.",
            "programmingLanguage": _to("#snakemake"),
            "license": _to(LICENCE),
            "creator": _to("#authors"),
            "dateCreated": moment,
            "sdPublisher": _to("#authors"),
            "version": facts["commit"],
            "codeRepository": facts["repository"],
            "url": f"{facts['repository']}/tree/{facts['commit']}",
            "input": [_to(f"#setting-{key}") for key in settings],
            "output": [_to(f"#made-{number}") for number, _ in enumerate(results)],
            "image": _to("docs/rulegraph.svg"),
            **_bytes(contents[WORKFLOW]),
        },
        {
            "@id": "#snakemake",
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "alternateName": "Snakemake",
            "identifier": _to("https://doi.org/10.1093/bioinformatics/bts480"),
            "url": _to("https://snakemake.readthedocs.io"),
            "version": facts["snakemake"],
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"The paper at scale {facts['scale']}",
            "description": f"make paper SCALE={facts['scale']} FROM={facts['from']}",
            "instrument": _to(WORKFLOW),
            "agent": _to("#authors"),
            "endTime": moment,
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "object": [_to(f"#value-{key}") for key in settings]
            + [_to(f"#data-{each['name']}") for each in facts["datasets"]],
            "result": [_to(path) for path in results],
        },
        {"@id": "#authors", "@type": "Organization", "name": facts["authors"], "url": facts["repository"]},
        {"@id": LICENCE, "@type": "CreativeWork", "name": "MIT License", "identifier": "MIT"},
        *_settings(settings),
        *_results(results),
        *(_dataset(each) for each in facts["datasets"]),
        *(
            _entity(path, said, contents) | _of(path, results)
            for path, said in described.items()
            if path != WORKFLOW
        ),
    ]
    return {"@context": CONTEXT, "@graph": graph}


def _to(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _bytes(content: Any) -> dict[str, str]:
    return {"contentSize": str(size(content)), "sha256": digest(content)}


def _settings(settings: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    """What a run is given, and what this one was given."""
    formal = _to(f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE")
    for key, value in settings.items():
        yield {
            "@id": f"#setting-{key}",
            "@type": "FormalParameter",
            "name": key,
            "additionalType": "Text",
            "valueRequired": "False",
            "workExample": _to(f"#value-{key}"),
            "conformsTo": formal,
        }
        yield {
            "@id": f"#value-{key}",
            "@type": "PropertyValue",
            "name": key,
            "value": value,
            "exampleOfWork": _to(f"#setting-{key}"),
        }
    yield formal | {"@type": "CreativeWork", "name": "FormalParameter", "version": "1.0-RELEASE"}


def _results(paths: Iterable[str]) -> Iterable[dict[str, Any]]:
    """What a run makes."""
    for number, path in enumerate(paths):
        yield {
            "@id": f"#made-{number}",
            "@type": "FormalParameter",
            "name": path.rpartition("/")[2],
            "additionalType": "File",
            "workExample": _to(path),
            "conformsTo": _to(f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"),
        }


def _of(path: str, results: list[str]) -> dict[str, Any]:
    """What a file is an instance of, or about."""
    if path in results:
        return {"exampleOfWork": _to(f"#made-{results.index(path)}")}
    return {"about": _to("./")} if path == "README.md" else {}


def _dataset(each: Mapping[str, Any]) -> dict[str, Any]:
    """A public data set, which is fetched and no part of the release."""
    found = {
        "@id": f"#data-{each['name']}",
        "@type": "CreativeWork",
        "name": each["title"],
        "license": " ".join(each["licence"].split()),
    }
    return found | ({"url": each["url"]} if each["url"] else {"description": "generated by the project"})


def _entity(path: str, said: str, contents: Contents) -> dict[str, Any]:
    if path.endswith("/"):
        return {"@id": path, "@type": "Dataset", "name": path, "description": said}
    suffix = f".{path.rpartition('.')[2]}"
    kind = TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "text/plain"
    return {
        "@id": path,
        "@type": "File",
        "name": path,
        "description": said,
        "encodingFormat": kind,
        **_bytes(contents[path]),
    }
