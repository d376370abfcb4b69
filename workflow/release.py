"""Gather a release in one archive, after the paper and its report were made: `python workflow/release.py laptop`.

`build/release/retort-<version>-<scale>.tar.gz` holds the project as it is committed, the papers, the results, with
`--from run` the test predictions and the models of the runs, and what reviewers and archives ask for. Its bytes follow
from these and from the time of the commit.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import polars as pl
from verify import working_tree

from retort.configuration import load
from retort.files import sha256
from retort.release import of_runs, reforms, reviewing
from retort.release.archive import MANIFEST, digest, manifest, pack
from retort.release.crate import METADATA, metadata
from retort.release.origin import RELEASE, origin
from retort.release.report import without_times
from retort.report.captions import captions
from retort.sealed import read_json, read_table

ROOT = Path(__file__).resolve().parent.parent
REPORT = Path("build/release/report.html")
RECORD_MINUTES = 3
PAPERS = {
    "pdf/ms.pdf": "The manuscript.",
    "pdf/supplement.pdf": "The supplement, with the ledgers of claims and of numbers.",
    "pdf/arxiv.tar.gz": "The sources of both for arXiv: pdflatex alone compiles them.",
}
DESCRIBED = PAPERS | {
    "report.html": "Snakemake's report: figures and tables with captions, and what made each; no times of jobs.",
    "results/": "Result tables of all studies, Parquet; docs/architecture.md has their columns.",
    "printed/": "Figures, tables and numbers of the papers, each with its account; `make paper` makes them in src/tex.",
    "printed/output/ledger.json": "The ledger of numbers: each number and figure with its cells of the results.",
    "review/claims.csv": "For each judged claim: command, file, expected value, tolerance, minutes.",
    "review/claims.md": "The same to read, and the same for figures and tables.",
    "review/reforms.md": "The REFORMS form, filled in.",
    "codecheck.yml": "What a codechecker starts from.",
    "docs/rulegraph.svg": "The rules in their order.",
    "README.md": "How to use the project.",
    "RELEASE.md": "How to check this archive.",
    "CITATION.cff": "How to cite it.",
    "LICENSE": "MIT.",
    "requirements.lock": "Packages, with versions and hashes.",
    "workflow/": "Rules, scripts and configuration.",
    "src/": "The library, the programs of figures and tables, and the text.",
    "data/record/": "The record: results as they were committed, from which FROM=record renders.",
}


def together(studies: list[str], name: str) -> pl.DataFrame:
    """A result table of all studies, with a column `study`."""
    found = [
        read_table(Path("data/results", study, f"{name}.parquet")).with_columns(study=pl.lit(study))
        for study in studies
    ]
    return pl.concat(found, how="diagonal_relaxed")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Gather a release.")
    parser.add_argument("scale")
    parser.add_argument("--from", dest="source", default="run", choices=["run", "record"])
    arguments = parser.parse_args(argv)
    if changed := subprocess.run(
        ["git", "status", "--porcelain"], capture_output=True, encoding="utf-8", check=True
    ).stdout:
        sys.exit(
            f"{changed.splitlines()[0][3:]}: not committed, nor {len(changed.splitlines()) - 1} more files, and a "
            "release is of a commit. Hint: commit first."
        )
    config = load(ROOT / "workflow/config", arguments.scale)
    ledger = read_json(Path("src/tex/output/ledger.json"))
    studies = sorted(ledger["places"])
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    tables = {
        name: together(studies, name)
        for name in ("places", "systems", "metrics", "datasets", "costs", "sources", "summary")
    }
    address = {
        name: next((f["url"] for f in block.get("files", []) if "url" in f), "")
        for name, block in config["dataset"].items()
    }
    sources = tables["sources"].unique("dataset", keep="first").sort("dataset")
    tables["sources"] = sources.with_columns(url=pl.col("dataset").replace_strict(address, default=""))
    version_of = origin(config["repository"])
    facts = {
        "title": "Does borrowed knowledge help when labels are scarce?",
        "description": project["description"],
        "authors": project["authors"][0]["name"],
        "version": project["version"],
        "commit": version_of["commit"],
        "epoch": version_of["epoch"],
        "repository": version_of["url"],
        "scale": arguments.scale,
        "from": arguments.source,
        "snakemake": version("snakemake"),
        "python": read_json(Path("data/results", studies[0], "origin.json"))["versions"]["python"],
        "lock": sha256(Path("requirements.lock")),
        "studies": {study: config["study"][study]["title"] for study in studies},
        "datasets": tables["sources"].rename({"dataset": "name"}).to_dicts(),
    }
    contents: dict[str, bytes | Path] = {name: Path(name) for name in working_tree(ROOT)}
    contents |= {f"pdf/{name}": Path(name) for name in ("ms.pdf", "supplement.pdf", "arxiv.tar.gz")}
    contents |= {"report.html": without_times(REPORT.read_text(encoding="utf-8")).encode()}
    printed = [
        path
        for folder in ("figures", "tables", "output")
        for path in sorted(Path("src/tex", folder).iterdir())
    ]
    # Not where the workflow makes them, which would take them for made and compile them again as they are.
    contents |= {reviewing.shipped(path.as_posix()): path for path in printed if path.is_file()}
    results = sorted(path for path in Path("data/results").rglob("*") if path.is_file())
    kept = [path for path in results if path.parts[2] in studies or path.parent == Path("data/results")]
    contents |= {f"results/{path.relative_to('data/results').as_posix()}": path for path in kept}
    described = dict(DESCRIBED)
    missing = "It has no predictions and no models of single runs, since it was rendered from the record."
    if arguments.source == "run":
        runs = [
            run for study in studies for run in read_json(Path("data/results", study, "origin.json"))["runs"]
        ]
        found, left_out = of_runs.of_runs(map(Path, runs))
        contents |= found
        described |= {
            name: text
            for name, text in of_runs.DESCRIBED.items()
            if any(each.startswith(name) for each in found)
        }
        missing = of_runs.said(left_out)
    minutes = tables["costs"].group_by("study").agg(pl.col("cpu_seconds").sum() / 60)
    claims = reviewing.claims(
        read_table(Path("data/results/claims.parquet")),
        scale=arguments.scale,
        tolerance={study: config["study"][study]["tolerance"] for study in studies},
        minutes=dict(minutes.iter_rows()),
    )
    sums = {path.as_posix(): digest(path) for path in printed if path.is_file()}
    shown = reviewing.shown(ledger["programs"], sums, captions(Path("src/tex")))
    made = {
        "review/claims.csv": claims.write_csv(),
        "review/claims.md": "# Claims\n\n"
        + (reviewing.markdown(claims) if claims.height else "No claim is judged at this scale.\n")
        + "\n# Figures and tables\n\n"
        + reviewing.markdown(shown),
        "review/reforms.md": reforms.form(
            (ROOT / "workflow/release/reforms.md").read_text(encoding="utf-8"), facts, tables
        ),
        "codecheck.yml": reviewing.codecheck(facts, shown),
        "RELEASE.md": (ROOT / "workflow/release/RELEASE.md")
        .read_text(encoding="utf-8")
        .format(
            **facts,
            source=arguments.source,
            record_minutes=RECORD_MINUTES,
            described="\n".join(f"- `{path}`: {text}" for path, text in described.items()),
            missing=missing,
        ),
        RELEASE: json.dumps(version_of, indent=1) + "\n",
    }
    contents |= {name: text.encode() for name, text in made.items()}
    contents[METADATA] = (
        json.dumps(metadata(facts, contents, described), indent=1, ensure_ascii=False) + "\n"
    ).encode()
    contents[MANIFEST] = manifest(
        {
            name: content
            for name, content in contents.items()
            if not (isinstance(content, Path) and content.is_symlink())
        }
    )
    target = Path("build/release", f"retort-{facts['version']}-{arguments.scale}.tar.gz")
    pack(contents, target, folder=f"retort-{facts['version']}", epoch=facts["epoch"])
    print(f"{target}: {len(contents)} files, {target.stat().st_size / 1e6:.1f} MB, sha256 {sha256(target)}")
    if missing:
        print(missing)


if __name__ == "__main__":
    main()
