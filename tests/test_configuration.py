"""The configuration: what composes, and what stops a run before any job, in which words."""

import hashlib
import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.configuration import STUDIES, ConfigurationError, expand, load, load_once, merge
from retort.configuration.expand import resolve, split_families
from retort.configuration.names import COLOURS
from retort.configuration.programs import check_modules, declared_roles
from retort.configuration.prose import CONTRASTS, INTERVALS, SUMMARY
from retort.plan import Plan
from retort.report import numbers
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

from .flips import flipped

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "workflow/config"


@pytest.fixture
def edited(tmp_path):
    """A copy of the workflow's configuration that a test may spoil."""
    shutil.copytree(ROOT / "workflow/schemas", tmp_path / "schemas")
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_every_scale_composes_and_names_its_runs(scale):
    config = load(CONFIG, scale)
    assert config["scale"] == scale
    for study, block in config["study"].items():
        runs = Plan(config).runs(study)
        assert len(runs) == len(set(runs)) > 0
        assert block["baseline"] in {run.variant for run in runs}
        assert config["dataset"].keys() >= {run.dataset for run in runs}
        for name in block["figures"] + block["tables"]:
            assert (ROOT / f"src/scripts/{name}.py").exists(), f"{study} lists {name}, which has no script"


def test_overrides_reach_the_runs_settings():
    config = load(CONFIG, "smoke", ["study.precursors.run.training.batch=7", "resamples=123"])
    settings = Plan(config).run("precursors", "solid_state_generated", "family", "selector", 0).settings
    assert settings["training"]["batch"] == 7
    assert config["resamples"] == 123


@pytest.mark.parametrize(
    ("scale", "overrides", "words"),
    [
        (
            "smoke",
            ["study.precursors.run.trainin.steps=3"],
            ["study.precursors.run has no key 'trainin'", "did you mean 'training'?"],
        ),
        ("smok", [], ["scale='smok'", "full, laptop, smoke", "Hint"]),
        (
            "smoke",
            ["study.precursors.run.training.batch=-4"],
            ["command line", "batch=-4", "at least 1", "Hint"],
        ),
        ("smoke", ["study.precursors.run.training.batchsize=4"], ["command line", "batchsize", "Hint"]),
        (
            "smoke",
            ["+study.precursors.run.training.batchsize=4"],
            ["unknown key batchsize", "known keys are", "batch,"],
        ),
        ("smoke", ["study.precursors.run.training.batch=many"], ["batch='many'", "integer"]),
        ("smoke", ["device=tpu"], ["command line: device='tpu'", "auto", "cpu", "cuda"]),
        ("smoke", ["nonsense"], ["command line", "nonsense", "key=value"]),
        ("smoke", ["study.precursors.baseline=nobody"], ["baseline='nobody'", "selector"]),
        ("smoke", ["study.precursors.primary.variant=nobody"], ["primary.variant='nobody'"]),
        ("smoke", ["study.precursors.views=[nowhere]"], ["views='nowhere'", "composition"]),
        (
            "smoke",
            ["study.precursors.figures=[precursors_loses]"],
            ["figures='precursors_loses'", "did you mean 'precursors_losses'?"],
        ),
        (
            "smoke",
            ["study.precursors.variants.combined.uses.selector=combined"],
            ["uses.selector='combined'"],
        ),
        ("smoke", ["scale=laptop"], ["cannot set the scale", "SCALE="]),
    ],
)
def test_a_mistake_names_key_value_and_expectation(scale, overrides, words):
    with pytest.raises(ConfigurationError) as error:
        load(CONFIG, scale, overrides)
    for word in words:
        assert word in str(error.value)


def test_an_unknown_key_in_a_file_names_the_file(edited):
    path = edited / "study/precursors.yaml"
    path.write_text(path.read_text() + "\nepocs: 3\n")
    with pytest.raises(
        ConfigurationError, match=r"study/precursors.yaml: unknown key epocs in study.precursors"
    ):
        load(edited)


def test_a_dataset_with_a_wrong_checksum_format_names_the_file(edited):
    path = edited / "dataset/ceder.yaml"
    path.write_text(path.read_text().replace("sha256: ", "sha256: zz", 1))
    with pytest.raises(ConfigurationError, match=r"dataset/ceder.yaml: dataset.ceder.files.0.sha256"):
        load(edited)


def test_a_misspelt_scale_block_of_a_study_is_refused(edited):
    path = edited / "study/precursors.yaml"
    path.write_text(path.read_text().replace("  laptop:", "  lptop:", 1))
    with pytest.raises(ConfigurationError, match=r"precursors.yaml: study.precursors.scales='lptop'"):
        load(edited, "laptop")


def test_broken_yaml_names_the_folder(edited):
    (edited / "scale/smoke.yaml").write_text("a: [1\n")
    with pytest.raises(ConfigurationError, match="config"):
        load(edited)


def test_merge_is_deep_and_replaces_lists():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merge(base, {"a": {"c": [3]}, "e": 5}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": 5}


def test_a_configuration_is_composed_once_until_something_changes(edited, tmp_path, monkeypatch):
    first = load_once(edited, "smoke", [], tmp_path / "cache")
    assert first == load(edited, "smoke")
    monkeypatch.setattr("retort.configuration._load", lambda *_: pytest.fail("composed again"))
    assert load_once(edited, "smoke", [], tmp_path / "cache") == first
    monkeypatch.undo()
    (kept,) = (tmp_path / "cache").iterdir()
    next(flipped(kept, times=1))
    assert load_once(edited, "smoke", [], tmp_path / "cache") == first
    assert load_once(edited, "smoke", ["resamples=321"], tmp_path / "cache")["resamples"] == 321
    file = edited / "config.yaml"
    file.write_text(file.read_text().replace("seed: 2026", "seed: 5"))
    assert load_once(edited, "smoke", [], tmp_path / "cache")["seed"] == 5


def test_a_block_that_lists_data_sets_and_splits_stands_for_many():
    grid = [{"dataset": ["a", "b"], "split": "s"}, {"name": "c", "dataset": "a", "split": ["x", "y"]}]
    names = [(block["name"], block["dataset"], block["split"]) for block in expand(grid)]
    assert names == [("a", "a", "s"), ("b", "b", "s"), ("c-x", "a", "x"), ("c-y", "a", "y")]
    assert expand([{"dataset": "a", "split": "s"}]) == [{"dataset": "a", "split": "s"}]


def own_dataset(edited, **changed):
    """A user's own data set that joins the study of molecules; returns its YAML's path and that of its table."""
    table = edited.parent / "mine.csv"
    table.write_text("smiles,active\nCCO,1\n")
    block = {
        "title": "Mine",
        "domain": "molecules",
        "description": "Measured here.",
        "reader": "molecule_table",
        "settings": {"file": "mine.csv", "smiles": "smiles", "labels": {"active": "classification"}},
        "files": [{"name": "mine.csv", "local": str(table)}],
        "splits": "molecules",
        "join": "molecules",
        "licence": "ours",
        "citation": [],
    }
    block = {key: value for key, value in (block | changed).items() if value is not None}
    path = edited / "dataset/mine.yaml"
    path.write_text(yaml.safe_dump(block))
    return path, table


def test_an_own_data_set_joins_a_study_without_a_line_there(edited):
    own_dataset(edited)
    config = load(edited)
    block = config["study"]["molecules"]["grid"][-1]
    guests = config["study"]["molecules"]["guests"]
    assert block == {"name": "mine", "title": "Mine", "dataset": "mine", **guests}
    new = [run for run in Plan(config).runs("molecules") if run.dataset == "mine"]
    assert {run.variant for run in new} == set(guests["variants"])
    assert {run.split for run in new} == {guests["split"]} <= set(config["dataset"]["mine"]["splits"])
    # Without the line it is read and checked, and is in no grid.
    own_dataset(edited, join=None)
    config = load(edited)
    assert "mine" in config["dataset"]
    assert all(block["dataset"] != "mine" for block in config["study"]["molecules"]["grid"])


def test_a_local_file_is_measured_each_time_and_missed_before_any_job(edited, tmp_path):
    path, table = own_dataset(edited)
    # The configuration lies in <project>/workflow/config, and the path is one from the project's folder.
    own_dataset(edited, files=[{"name": "mine.csv", "local": f"{edited.parent.name}/{table.name}"}])
    for text in ("smiles,active\nCCO,1\n", "smiles,active\nCCO,1\nCCN,0\n"):
        table.write_text(text)
        config = load_once(edited, "smoke", [], tmp_path / "cache")
        assert config["dataset"]["mine"]["files"] == [
            {
                "name": "mine.csv",
                "local": str(table.resolve()),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "bytes": len(text),
            }
        ]
    table.unlink()
    for loading in (lambda: load(edited), lambda: load_once(edited, "smoke", [], tmp_path / "cache")):
        with pytest.raises(ConfigurationError) as error:
            loading()
        for word in (str(path), "dataset.mine.files", str(table), "is no file", "Hint"):
            assert word in str(error.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"join": "moleculs"}, ["dataset.mine.join='moleculs'", "molecules", "Hint"]),
        ({"join": "precursors"}, ["dataset.mine.join='precursors'", "expected one of molecules"]),
        ({"splits": "moleculs"}, ["dataset.mine.splits='moleculs'", "molecules", "Hint"]),
        (
            {"splits": {"other": {"kind": "published", "group": "id"}}},
            ["study.molecules.grid", ".split='strict'", "other"],
        ),
        ({"title": None}, ["dataset.mine has no title", "Hint: title: What the paper calls it."]),
        ({"licence": None}, ["dataset.mine has no licence", "Hint: licence: Licence of the data"]),
        (
            {"files": [{"name": "mine.csv"}]},
            ["dataset.mine.files.0 has name, expected either", "or name, local. Hint"],
        ),
        ({"citation": ["tox21#2"]}, ["dataset.mine.citation='tox21#2' is no citation key", "Hint"]),
        ({"citation": ["tox 21"]}, ["dataset.mine.citation='tox 21' is no citation key", "Hint"]),
        ({"files": [{"name": "..", "local": "x.csv"}]}, ["files.0.name='..'", "without a folder"]),
        ({"files": [{"name": "a/b", "local": "x.csv"}]}, ["files.0.name='a/b'", "without a folder"]),
        ({"splits": {"my own": {"kind": "random", "group": "id"}}}, ["'my own'", "letters, digits"]),
    ],
)
def test_a_mistake_in_an_own_data_set_names_it(edited, changed, words):
    own_dataset(edited, **changed)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    for word in words:
        assert word in str(error.value)


def test_a_mistake_in_a_block_is_one_short_line(edited):
    """What is missing is said without the block that lacks it."""
    own_dataset(edited, licence=None)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    assert "Measured here" not in str(error.value)
    assert str(error.value).count("\n") == 0
    own_dataset(edited, licence=None, license="ours")
    with pytest.raises(ConfigurationError, match=r"licen[cs]e"):
        load(edited)


def test_a_mirror_path_stays_below_its_mirror(edited):
    path = edited / "dataset/ceder.yaml"
    path.write_text(path.read_text().replace("mirror: ", "mirror: ../", 1))
    with pytest.raises(ConfigurationError, match=r"ceder.yaml: dataset.ceder.files.0.mirror='\.\./"):
        load(edited)


@pytest.mark.parametrize(
    ("name", "proposed"), [("my data", "my_data"), ("1st", "set_1st"), ("a.b", "a_b"), ("naïve", "na_ve")]
)
def test_a_name_that_paths_cannot_bear_is_refused_with_another(edited, name, proposed):
    path, _ = own_dataset(edited)
    path.rename(path.with_stem(name))
    with pytest.raises(
        ConfigurationError, match=rf"dataset/{name}.yaml: '{name}' is no name, .*{proposed}.yaml"
    ):
        load(edited)


@pytest.mark.parametrize(
    "file",
    ["study/precursors.yaml", "dataset/bbbp.yaml", "splits/molecules.yaml", "published/zhu2023teacher.yaml"],
)
@pytest.mark.parametrize(
    ("text", "found"), [("", "is empty"), ("# nothing\n", "is empty"), ("- a\n", "holds a list")]
)
def test_a_file_without_keys_is_named(edited, file, text, found):
    (edited / file).write_text(text)
    with pytest.raises(ConfigurationError, match=rf"{file} {found}, expected lines .*Hint"):
        load(edited)


def test_a_study_may_have_no_numbers_and_no_claims(edited):
    (edited / "numbers/precursors.yaml").write_text("")
    (edited / "claims.yaml").write_text("")
    config = load(edited)
    assert config["study"]["precursors"]["numbers"] == {}
    assert config["claims"] == []
    (edited / "claims.yaml").write_text("id: one\n")
    with pytest.raises(ConfigurationError, match="expected a list of claims"):
        load(edited)


def test_data_sets_share_splits_by_name(edited):
    shared = split_families(yaml.safe_load((edited / "splits/molecules.yaml").read_text()))
    assert len(shared) == 25
    changed = load(edited, "smoke", ["dataset.bbbp.splits.strict.fractions.train=0.7"])
    assert changed["dataset"]["bbbp"]["splits"]["strict"]["fractions"]["train"] == 0.7
    assert changed["dataset"]["esol"]["splits"] == shared, "an override is of one data set"


def test_bare_words_for_the_classes_reach_the_reader(edited):
    from retort.datasets import molecule_table

    label = "{kind: classification, true: binder, false: none}"
    path, table = own_dataset(edited)
    path.write_text(path.read_text().replace("active: classification", f"active: {label}"))
    table.write_text("smiles,active\nCCO,binder\nCCN,none\n")
    settings = load(edited)["dataset"]["mine"]["settings"]
    assert molecule_table.read(table.parent, settings).rows["active"].to_list() == [True, False]


# What is misspelt: (file, as it stands, misspelt, the key that the message names, the nearest name).
MISSPELT = [
    # The nine of the review of November 2026, which went through to the paper.
    (
        "numbers/transfer.yaml",
        "place: mp-gap,",
        "place: mp-gpa,",
        "TransferCrabnetGap.place='mp-gpa'",
        "mp-gap",
    ),
    ("numbers/transfer.yaml", "metric: mae-metals", "metric: mae-metal", ".metric='mae-metal'", "mae-metals"),
    ("numbers/precursors.yaml", "column: n_items", "column: n_item", ".column='n_item'", "n_items"),
    ("numbers/precursors.yaml", "column: n_items", "colum: n_items", "unknown key colum in", "column"),
    (
        "study/precursors.yaml",
        "headline: [success@1",
        "headline: [succes@1",
        "headline='succes@1'",
        "success@1",
    ),
    ("study/transfer.yaml", "metric: mae, variant", "metric: mea, variant", "primary.metric='mea'", "mae"),
    ("study/molecules.yaml", "tolerance: {default", "tolerance: {defalt", "tolerance='defalt'", "default"),
    (
        "study/molecules.yaml",
        "guests: {split: strict",
        "guests: {split: stict",
        "guests.split='stict'",
        "strict",
    ),
    (
        "claims.yaml",
        "variant: ts-crabnet-alpha0",
        "variant: ts-crabnet-alpah0",
        ".variant='ts-crabnet-alpah0'",
        "ts-crabnet-alpha0",
    ),
    # Guests again: nobody joins here.
    (
        "study/molecules.yaml",
        "[forest, ngram, gin, dino-tuned",
        "[forst, ngram, gin, dino-tuned",
        "guests.variants='forst'",
        "forest",
    ),
    (
        "study/molecules.yaml",
        "guests: {split: strict, places: *corpus",
        "guests: {split: strict, places: {corpus: corpsu}",
        "guests.places.corpus='corpsu'",
        "corpus",
    ),
    # Facts of systems and comparisons.
    (
        "study/precursors.yaml",
        "control: raw-common-first",
        "control: raw-comon-first",
        "control='raw-comon-first'",
        "raw-common-first",
    ),
    ("study/precursors.yaml", "colour: vermillion", "colour: vermilion", "colour='vermilion'", "vermillion"),
    (
        "study/precursors.yaml",
        "citation: [ward2016magpie]",
        "citation: [ward2016magpi]",
        "citation='ward2016magpi'",
        "ward2016magpie",
    ),
    (
        "study/precursors.yaml",
        "variant: no-context, against: selector, title",
        "variant: no-contxt, against: selector, title",
        "contrasts.ablation[2].variant='no-contxt'",
        "no-context",
    ),
    (
        "study/molecules.yaml",
        "[dino-long-frozen, dino-frozen]",
        "[dino-long-frozen, dino-frozn]",
        ".against='dino-frozn'",
        "dino-frozen",
    ),
    # Short forms.
    ("study/molecules.yaml", "like: dino-short,", "like: dino-shrt,", ".like='dino-shrt'", "dino-short"),
    (
        "study/molecules.yaml",
        "of: [dino, contrast",
        "of: [dino, contrst",
        "derived.tuned.of='contrst'",
        "contrast",
    ),
    ("study/molecules.yaml", '["strict-*-*"]', '["stritc-*-*"]', ".split='stritc-*-*'", "strict"),
    (
        "study/molecules.yaml",
        "keeps: [backbone],",
        "keep: [backbone],",
        "unknown key keep in study.molecules.derived",
        "keeps",
    ),
    ("study/transfer.yaml", "once: [roost", "once: [rost", "scales.smoke.once='rost'", "roost"),
    (
        "study/transfer.yaml",
        "{variant: teacher, at: lender}",
        "{variant: teacher, att: lender}",
        "unknown key att in study.transfer.variants.crabnet-aligned-unseen.uses.teacher",
        "did you mean 'at'?",
    ),
    # Numbers.
    ("numbers/molecules.yaml", "details: scarce", "details: scrace", ".details='scrace'", "scarce"),
    ("numbers/molecules.yaml", "row: {share: 10}", "row: {shar: 10}", ".row='shar'", "share"),
    ("numbers/molecules.yaml", "column: better", "column: beter", ".column='beter'", "better"),
    ("numbers/transfer.yaml", "against: boosting", "against: bosting", ".against='bosting'", "boosting"),
    (
        "numbers/transfer.yaml",
        "against: boosting",
        "against: teacher",
        "against='teacher', but 'crabnet' is compared with",
        "under study.transfer.contrasts",
    ),
    # Claims and published values.
    (
        "claims.yaml",
        "against: raw-mpc-first",
        "against: raw-mcp-first",
        ".against='raw-mcp-first'",
        "raw-mpc-first",
    ),
    ("claims.yaml", "dataset: ceder", "dataset: cedar", ".dataset='cedar'", "ceder"),
    ("claims.yaml", "split: formation-05", "split: formation-5", ".split='formation-5'", "formation-05"),
    ("claims.yaml", "metric: success@5", "metric: sucess@5", ".metric='sucess@5'", "success@5"),
    ("claims.yaml", "unit: eV/atom", "unit: eV/atm", ".unit='eV/atm'", "eV/atom"),
    (
        "claims.yaml",
        "source: zhu2023teacher",
        "source: zhu2023techer",
        ".source='zhu2023techer'",
        "zhu2023teacher",
    ),
    (
        "claims.yaml",
        "published: wang2022molclr/bace/forest",
        "published: wang2022molclr/bace/forst",
        "published.value='wang2022molclr/bace/forst'",
        "wang2022molclr/bace/forest",
    ),
    ("claims.yaml", "by {percent} %", "by {pecent} %", "statement=", "{percent}"),
    (
        "published/zhu2023teacher.yaml",
        "variant: ts-roost",
        "variant: ts-rost",
        ".variant='ts-rost'",
        "ts-roost",
    ),
    ("published/wang2022molclr.yaml", "metric: roc_auc", "metric: roc_acu", ".metric='roc_acu'", "roc_auc"),
    ("published/wang2022molclr.yaml", "spread: 0.8", "sprad: 0.8", "='sprad'", "spread"),
    # Data sets.
    ("dataset/mp.yaml", "target: band_gap", "target: band_gpa", ".target='band_gpa'", "band_gap"),
    (
        "dataset/ceder.yaml",
        "citation: [he2023precursor",
        "citation: [he2023precusor",
        "citation='he2023precusor'",
        "he2023precursor",
    ),
    # Keys and names that stand twice.
    (
        "numbers/precursors.yaml",
        "PrecursorsSelectorOne:",
        "PrecursorsSelectorFive:",
        "'PrecursorsSelectorFive' stands twice",
        "line",
    ),
    (
        "study/transfer.yaml",
        "name: mp-gap, dataset: crystals, split: gap",
        "name: mp-formation, dataset: crystals, split: gap",
        "name='mp-formation' names crystals/gap, but also crystals/formation",
        "one name",
    ),
    (
        "claims.yaml",
        "id: transfer-step-one",
        "id: transfer-few-labels",
        "'transfer-few-labels' stands twice",
        "otherwise",
    ),
    # In the block of a scale that is not the one that is loaded.
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    baseline: crabent\n",
        "scales.full.baseline='crabent'",
        "crabnet",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    headline: [mea]\n",
        "scales.full.headline='mea'",
        "mae",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    primary: {metric: mea}\n",
        "scales.full.primary.metric='mea'",
        "mae",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    tolerance: {mea: 1.0}\n",
        "scales.full.tolerance='mea'",
        "mae",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    figures: [transfer_loses]\n",
        "scales.full.figures='transfer_loses'",
        "transfer_losses",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    basline: crabnet\n",
        "unknown key basline in study.transfer.scales.full",
        "baseline",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    metrics: {mea: {digits: 2}}\n",
        "scales.full.metrics='mea'",
        "mae",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors\n",
        "  full:\n    views: *with-vectors\n    contrasts: {more: [[crabnet, bosting]]}\n",
        "scales.full.contrasts.more[0].against='bosting'",
        "boosting",
    ),
    (
        "study/transfer.yaml",
        "  full:\n    views: *with-vectors",
        "  full:\n    views: [formuls]",
        "scales.full.views='formuls'",
        "formulas",
    ),
    (
        "study/transfer.yaml",
        "crabnet-longer: {settings: {training: {learn: {epochs: 450",
        "crabnet-longer: {control: crabent, settings: {training: {learn: {epochs: 450",
        "scales.full.variants.crabnet-longer.control='crabent'",
        "crabnet",
    ),
    (
        "study/transfer.yaml",
        "crabnet-longer: {settings: {training: {learn: {epochs: 450",
        "crabnet-loner: {settings: {training: {learn: {epochs: 450",
        "scales.full.variants='crabnet-loner'",
        "crabnet-longer",
    ),
    (
        "study/transfer.yaml",
        "dataset: mp, split: formation, places: *from-formation, seeds: 3",
        "dataset: mp, split: formation, places: *from-formation, seeds: 0",
        "scales.full.grid.0.seeds=0",
        "at least 1",
    ),
    (
        "study/molecules.yaml",
        "once: [dmpnn, gin-gentle",
        "once: [dpmnn, gin-gentle",
        "scales.laptop.once='dpmnn'",
        "dmpnn",
    ),
    (
        "study/molecules.yaml",
        "derived: {tuned: {settings",
        "derived: {tunde: {settings",
        "scales.full.derived='tunde'",
        "tuned",
    ),
    (
        "study/molecules.yaml",
        "run: {gin: {width: 300}",
        "run: {gin: {widht: 300}",
        "unknown key widht in study.molecules.scales.full.run.gin",
        "width",
    ),
    # What a variant stands on, and what is kept of it.
    (
        "study/transfer.yaml",
        "{start: {variant: crabnet, at: foreign}}",
        "{strat: {variant: crabnet, at: foreign}}",
        "variants.crabnet-foreign.uses='strat'",
        "did you mean 'start'?",
    ),
    (
        "study/molecules.yaml",
        "control: walks-frozen, uses: {encoder:",
        "control: walks-frozen, uses: {encodr:",
        "variants.ngram-graph-frozen.uses='encodr'",
        "encoder",
    ),
    (
        "study/precursors.yaml",
        "uses: {members:",
        "uses: {member:",
        "variants.combined-ensemble.uses='member'",
        "members",
    ),
    (
        "study/transfer.yaml",
        "{teacher: {variant: teacher, at: lender}}",
        "{teacher: {variant: teacher, at: lendre}}",
        "variants.crabnet-aligned-unseen.uses.teacher.at (in grid[1])='lendre'",
        "did you mean 'lender'?",
    ),
    (
        "study/transfer.yaml",
        "uses: {teacher: teacher}",
        "uses: {teacher: {variant: teacher, split: formatoin}}",
        "variants.crabnet-aligned.uses.teacher.split (in grid[0])='formatoin'",
        "did you mean 'formation'?",
    ),
    (
        "study/transfer.yaml",
        "uses: {teacher: teacher}",
        "uses: {teacher: ts-crabnet-own}",
        "crabnet-aligned -> ts-crabnet-own -> crabnet-aligned stand on each other",
        "use nothing",
    ),
    (
        "study/molecules.yaml",
        "keeps: [backbone, gin]",
        "keeps: [backbone, gni]",
        "derived.frozen-ablation.keeps='gni'",
        "did you mean 'gin'?",
    ),
    # Published values.
    (
        "published/chithrananda2020chemberta.yaml",
        "target: p_np,",
        "target: p_npp,",
        ".target='p_npp'",
        "did you mean 'p_np'?",
    ),
    ("published/zhu2023teacher.yaml", "share: 0.05", "share: 0.06", ".share='0.06'", "0.05"),
    ("published/zhu2023teacher.yaml", "unit: eV/atom}", "unit: eV/atm}", ".unit='eV/atm'", "eV/atom"),
    (
        "published/wang2022molclr.yaml",
        "unit: percent",
        "unit: pecent",
        ".unit='pecent'",
        "did you mean 'percent'?",
    ),
    ("published/wang2022molclr.yaml", "mark: r}", "mark: q}", ".mark='q'", "expected one of r"),
    (
        "published/he2023precursor.yaml",
        "metric: search-time",
        "metric: serch-time",
        ".metric='serch-time'",
        "search-time",
    ),
    (
        "published/he2023precursor.yaml",
        "quantities:",
        "quantites:",
        "a key of the top level='quantites'",
        "quantities",
    ),
    # Numbers that are no macros, say one thing twice, or stand where no scale has them.
    (
        "numbers/precursors.yaml",
        "PrecursorsSelectorFive:",
        "PrecursorsSelector5:",
        "has the name 'PrecursorsSelector5'",
        "digits as words",
    ),
    (
        "numbers/transfer.yaml",
        "TransferSeeds:",
        "PrecursorsSelectorFive:",
        "makes the macro 'PrecursorsSelectorFive'",
        "which study.precursors.numbers.PrecursorsSelectorFive makes",
    ),
    (
        "numbers/transfer.yaml",
        "TransferCrabnetGap:",
        "TransferGainGapLow:",
        "TransferGainGap makes the macro 'TransferGainGapLow'",
        "otherwise",
    ),
    (
        "numbers/molecules.yaml",
        "{place: bbbp, variant: ngram,",
        "{place: bbbp, dataset: bbbp_ibm, variant: ngram,",
        ".dataset='bbbp_ibm', but place='bbbp'",
        "take one",
    ),
    (
        "numbers/precursors.yaml",
        "{column: n_items}",
        "{column: n_items, interval: both}",
        ".interval='both'",
        "intervals of n_items",
    ),
    (
        "numbers/transfer.yaml",
        "{place: mp-gap, variant: boosting,",
        "{place: mp-gap, variant: ts-crabnet-unseen,",
        ".variant='ts-crabnet-unseen'",
        "did you mean 'ts-crabnet'?",
    ),
    (
        "numbers/transfer.yaml",
        "{place: mp-gap, against: crabnet,",
        "{place: mp-gap, against: crabnet-longer,",
        ".against='crabnet-longer'",
        "did you mean 'crabnet'?",
    ),
    (
        "claims.yaml",
        "variant: molclr-tuned",
        "variant: ngram-raw",
        ".variant='ngram-raw'",
        "any scale runs at bbbp/strict",
    ),
    (
        "numbers/molecules.yaml",
        "row: {protocol: scaffold}",
        "row: {protocol: scaffodl}",
        ".row.protocol='scaffodl'",
        "did you mean 'scaffold'?",
    ),
    (
        "study/molecules.yaml",
        "places: *corpora, seeds: 5, variants: *ablations",
        "places: *corpora, seeds: 5, varaints: *ablations",
        "study.molecules.scales.full.grid.4",
        " has no variants, expected all of the keys dataset, split, variants. Hint: did you mean that by 'varaints'?",
    ),
    # Programs and modules of the wrong kind.
    (
        "study/transfer.yaml",
        "figures: [transfer_learning_curves",
        "figures: [transfer_main",
        "figures='transfer_main'",
        "that make figures",
    ),
    (
        "study/transfer.yaml",
        "tables: [transfer_main",
        "tables: [transfer_parity",
        "tables='transfer_parity'",
        "that make tables",
    ),
    (
        "study/transfer.yaml",
        "element_vectors/vectors]",
        "element_vectors/vector]",
        "views='vector'",
        "did you mean 'vectors'?",
    ),
    (
        "dataset/ceder.yaml",
        "reader: ceder",
        "reader: cedar",
        "dataset.ceder.reader='cedar'",
        "did you mean 'ceder'?",
    ),
    (
        "dataset/crystals.yaml",
        "module: crystals_generated",
        "module: molecule_table",
        "generator.module='molecule_table'",
        "retort.datasets with generate",
    ),
    # What is missing or too much.
    (
        "study/molecules.yaml",
        "[dino-frozen, molclr-frozen]",
        "[dino-frozen, contrast-frozen]",
        "contrasts.frozen has dino-frozen minus contrast-frozen twice",
        "take one",
    ),
    ("claims.yaml", "statement: Five", "satement: Five", "has no 'statement'", "claim.schema.yaml"),
    ("published/he2023precursor.yaml", "source: abstract", "page: 1", "a key of tables[0]='page'", "source"),
    (
        "study/precursors.yaml",
        "split: family",
        "splt: family",
        "study.precursors.grid.0",
        "dataset, split, variants",
    ),
]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "key", "nearest"), MISSPELT, ids=lambda value: str(value)[:40]
)
def test_what_is_misspelt_is_refused_before_any_job(edited, file, right, wrong, key, nearest):
    path = edited / file
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    for word in (str(path), key, nearest, "Hint"):
        assert word in str(error.value)


def test_what_another_scale_runs_may_be_named(edited):
    path = edited / "numbers/transfer.yaml"
    path.write_text(path.read_text() + "TransferAtFullAlone: {place: jarvis-gap-25}\n")
    assert "jarvis-gap-25" not in {block.get("name") for block in load(edited)["study"]["transfer"]["grid"]}


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A copy of the programs of src/scripts that a test may spoil."""
    folder = tmp_path / "scripts"
    shutil.copytree(ROOT / "src/scripts", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("retort.configuration.PROGRAMS", folder)
    return folder


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('variants("gin", "forst")', ["line 2: variants='forst'", "did you mean 'forest'?", "molecules"]),
        ('place("bbpb")', ["place='bbpb'", "did you mean 'bbbp'?"]),
        ('metric("roc_acu")', ["metric='roc_acu'", "did you mean 'roc_auc'?"]),
        ('family("scrce")', ["family='scrce'", "did you mean 'scarce'?"]),
        ('variant("gin" + "-frozen")', ["is no literal", 'variants("gin", "forest")']),
    ],
)
def test_a_name_in_a_program_is_one_of_its_study(programs, line, words):
    path = programs / "molecules_timing.py"
    path.write_text(
        f"from retort.report.names import family, metric, place, variant, variants\n{line}\ntable_arguments()\n"
    )
    with pytest.raises(ConfigurationError) as error:
        load(CONFIG)
    for word in (str(path), *words, "Hint"):
        assert word in str(error.value)


def test_a_listed_program_must_be_there(programs):
    (programs / "precursors_map.py").unlink()
    with pytest.raises(
        ConfigurationError, match=r"precursors.yaml: study.precursors.figures='precursors_map'"
    ):
        load(CONFIG)


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        ("benchmark.py", None, ["benchmark.py: there is no such file", "benchmark.measure"]),
        ("use.py", None, ["use.py: there is no such file", "use.add_command"]),
        ("__init__.py", None, ["__init__.py: there is no such file"]),
        ("train.py", "def rum(inputs, settings, context): ...\n", ["train.run", "did you mean 'rum'?"]),
        ("score.py", "def score(a, b, c): ...\n", ["score.details", "defines score"]),
        ("tables.py", "DETAILS = {}\n", ["tables.ILLUSTRATIONS"]),
    ],
)
def test_a_study_has_its_modules_and_their_functions(tmp_path, module, text, words):
    studies = tmp_path / "studies"
    shutil.copytree(STUDIES / "precursors", studies / "precursors")
    check_modules(["precursors"], studies)
    path = studies / "precursors" / module
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        check_modules(["precursors"], studies)
    for word in (str(path), *words, "Hint"):
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ('ROLES = ("teacher", "start")', ("teacher", "start")),
        ('ROLES: tuple[str, ...] = ("lender",)', ("lender",)),
        ("def run(): ...", ()),
    ],
)
def test_the_roles_of_a_study_are_read_without_importing_it(tmp_path, text, roles):
    file = tmp_path / "train.py"
    file.write_text(f"import nowhere\n{text}\n")
    assert declared_roles(file) == roles
    file.write_text('OTHER = ("a",)\nROLES = OTHER\n')
    with pytest.raises(ConfigurationError, match=r"train.py: ROLES = OTHER is no tuple of literals"):
        declared_roles(file)


def test_a_configuration_is_checked_again_when_a_program_changes(programs, tmp_path):
    load_once(CONFIG, "smoke", [], tmp_path / "cache")
    path = programs / "molecules_timing.py"
    path.write_text('from retort.report import names\nnames.variant("forst")\ntable_arguments()\n')
    with pytest.raises(ConfigurationError, match="did you mean 'forest'"):
        load_once(CONFIG, "smoke", [], tmp_path / "cache")


def test_numbers_may_print_what_the_tables_have():
    assert set(SUMMARY) == {name for name, kind in SUMMARY_SCHEMA.items() if kind != pl.String}
    assert set(CONTRASTS) == {name for name, kind in CONTRASTS_SCHEMA.items() if kind != pl.String}


def test_intervals_are_those_that_numbers_print():
    assert {(column, kind) for column, kinds in INTERVALS.items() for kind in kinds} == set(numbers._ENDS)


def test_colours_are_those_of_the_figures():
    from retort.report import style

    assert {name.upper() for name in COLOURS} <= set(vars(style))


def test_variants_are_written_short_and_come_out_in_full():
    study = {
        "run": {"backbone": "shallow"},
        "variants": {
            "net": {"title": "net", "role": "pretraining", "colour": "sky", "citation": "key"},
            "deep": {"title": "deep", "like": "net", "settings": {"layers": {"n": 9}, "backbone": "deep"}},
            "deep-frozen": {"colour": "blue"},
        },
        "derived": {
            "frozen": {
                "of": [["net"], "deep"],
                "title": "{title}, frozen",
                "titles": {"deep": "deep and frozen"},
                "keeps": ["backbone"],
                "uses": {"encoder": {"variant": "{of}", "at": "corpus"}},
                "settings": {"method": "frozen"},
            }
        },
        "once": ["deep"],
        "metrics": {"mae": {"label": "MAE", "also": ["mae_knn"]}},
        "contrasts": {"some": [["net", "deep"]]},
        "grid": [{"dataset": ["a", "b"], "split": ["r-*"], "variants": [["net"], "deep"], "seeds": 2}],
    }
    full = resolve(study, {"a": ["r-0", "r-1", "s"], "b": ["r-0"]}, "study.x", Path("x.yaml"))
    used = {"encoder": {"variant": "net", "at": "corpus"}}
    assert full["variants"]["net-frozen"] == {
        "citation": ["key"],
        "colour": "sky",
        "title": "net, frozen",
        "uses": used,
        "settings": {"method": "frozen"},
    }
    assert full["variants"]["deep"]["role"] == "pretraining"
    assert "colour" not in full["variants"]["deep"]
    frozen = full["variants"]["deep-frozen"]
    assert (frozen["title"], frozen["seeds"], frozen["colour"]) == ("deep and frozen", 1, "blue")
    assert frozen["settings"] == {"method": "frozen", "backbone": "deep"}
    assert full["metrics"]["mae_knn"] == {"label": "MAE", "percent": False}
    assert full["contrasts"]["some"] == [{"variant": "net", "against": "deep"}]
    assert [block["name"] for block in full["grid"]] == ["a-r-0", "a-r-1", "b-r-0"]
    assert full["grid"][0]["variants"] == ["net", "deep"]
    assert not {"derived", "once"} & set(full)


def test_variants_that_stand_on_each_other_are_refused():
    study = {"variants": {"a": {"like": "b"}, "b": {"like": "a"}}, "grid": []}
    with pytest.raises(ConfigurationError, match="a -> b -> a stand on each other"):
        resolve(study, {}, "study.x", Path("x.yaml"))


def test_splits_are_written_as_families():
    written = {
        "strict": {"kind": "scaffold", "shares": [0.01, 0.5], "draws": 2, "watch": ["composition"]},
        "gap": {"kind": "published", "target": "gap", "shares": [0.05]},
        "random": {"kind": "random", "draws": 2},
    }
    full = split_families(written)
    assert list(full) == [
        *("strict", "strict-01-0", "strict-01-1", "strict-50-0", "strict-50-1"),
        *("gap", "gap-05", "random-0", "random-1"),
    ]
    assert full["strict-50-1"] == {
        **{"kind": "scaffold", "watch": {"composition": "composition"}, "protocol": "strict"},
        **{"train_fraction": 0.5, "draw": 1},
    }
    assert full["gap-05"] == {"kind": "published", "target": "gap", "protocol": "gap", "train_fraction": 0.05}


def test_places_are_titled_by_their_target_or_their_data_set():
    grid = load(CONFIG, "full")["study"]["transfer"]["grid"]
    titles = {block["name"]: block["title"] for block in grid}
    assert titles["mp-formation"] == "MP formation energy"
    assert titles["jarvis-gap-05"] == "JARVIS band gap, 5 %"
    molecules = load(CONFIG, "laptop")["study"]["molecules"]["grid"]
    assert next(block for block in molecules if block["name"] == "bbbp-random-0")["title"] == "BBBP"


def test_each_published_value_stands_once_and_claims_are_filled_from_it():
    config = load(CONFIG)
    claims = {claim["id"]: claim for claim in config["claims"]}
    few = claims["transfer-few-labels"]
    assert (few["published"], few["against"], few["dataset"]) == (-0.0515, "crabnet", ["mp", "mp20"])
    assert few["statement"].endswith("from 0.139 to 0.0875 eV/atom, by 37 %")
    assert "(published by 0.010)" in claims["transfer-all-labels"]["statement"]
    forest = claims["molecules-forest-bace"]
    assert (forest["published"], forest["tolerance"]) == (0.867, 0.008)
    assert "86.7 % on BACE (0.8 over splits)" in forest["statement"]
    values = [(value["id"], value["dataset"]) for value in config["published"]]
    assert len(values) == len(set(values))
    (hidden,) = [
        value for value in config["published"] if value["system"] == "MGCN" and value["dataset"] == "bbbp"
    ]
    assert (hidden["value"], hidden["unit"], hidden["mark"], hidden["variant"]) == (
        85.0,
        "percent",
        "†",
        None,
    )
