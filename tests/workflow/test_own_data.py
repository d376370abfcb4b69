"""The walk-through of docs/own-data.md: a user's CSV becomes a data set of the study `molecules` by one YAML file."""

import re
import subprocess
import sys

import polars as pl

from tests import own_data

SMALL = [
    "dataset.molecules_alerts.generator.settings.rows=300",
    "study.molecules.grid=[{name: corpus, dataset: molecules_alerts, split: strict, variants: [forest], seeds: 1}]",
    "study.molecules.guests.variants=[forest, ngram]",
    "study.molecules.guests.seeds=1",
    "study.molecules.run.forest.trees=20",
]
RESULTS = "data/results/molecules/summary.parquet"


def csv(rows: int) -> str:
    """Alcohols, amines and acids on rings and chains, with numbers that follow their size; two rows are broken."""
    lines = ["name,SMILES,logS"]
    for size in range(1, rows // 6 + 1):
        for end in ("O", "N", "C(=O)O"):
            lines.append(f"chain,{'C' * size}{end},{-0.5 * size:.2f}")
            lines.append(f"ring,C1{'C' * (size + 1)}C1{end},{-0.6 * size:.2f}")
    return "\n".join([*lines, "broken,C1CC,-1.0", "odd,CCCCl,very\n"])


def test_a_csv_and_ten_lines_of_yaml_are_in_the_tables_of_the_next_run(fresh, tmp_path):
    assert len(own_data.block("molecules").strip().splitlines()) == 10
    project, table = fresh, tmp_path / "mine.csv"
    own_data.add("molecules", csv(60), project.folder / "workflow/config", tmp_path)
    project.snakemake(RESULTS, overrides=SMALL)
    summary = pl.read_parquet(project.folder / RESULTS).filter(dataset="mine", part="test", metric="rmse")
    assert set(summary["variant"]) == {"forest", "ngram"}
    rejects = pl.read_parquet(project.folder / "data/prepared/mine.rejects.parquet")
    assert rejects["row"].to_list() == [60, 61]
    assert rejects["value"].to_list() == ["C1CC", "very"]
    output = tmp_path / "strict.tex"
    command = [sys.executable, "src/scripts/molecules_strict.py", "--output", str(output)]
    subprocess.run(command, cwd=project.folder, env=project.environment(), check=True)
    assert "My solubilities" in output.read_text()
    # Nothing else than the new rows' own jobs follows a change of the file.
    table.write_text(csv(66))
    why = [sys.executable, "workflow/why.py", "--config", "scale=smoke", "from=run", f"overrides={SMALL}"]
    run = {"cwd": project.folder, "env": project.environment(), "encoding": "utf-8", "check": True}
    told = subprocess.run([*why, "--", RESULTS], **run, capture_output=True).stdout
    assert re.findall(r"(download|prepare) +1  (.*)", told) == [
        ("download", "mine.csv changed"),
        ("prepare", "mine.csv changed"),
    ]
    jobs = project.jobs(RESULTS, overrides=SMALL)
    assert (jobs["prepare"], jobs["split"], jobs["featurize"], jobs["train"]) == (1, 1, 1, 2)
