"""Every name that the configuration uses is looked up before any job, and the nearest is said."""

import pytest

from retort.configuration import ConfigurationError, load
from retort.configuration.names import COLOURS
from retort.configuration.prose import COLUMNS, ENDS
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.gains import GAINS_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

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
        "study/transfer.yaml",
        "loan: ts-crabnet, fair",
        "loan: ts-crabent, fair",
        "loans.lender.loan='ts-crabent'",
        "ts-crabnet",
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
    # Guests again: nobody joins here.
    (
        "study/molecules.yaml",
        "[forest, ngram, gin, gin-gentle",
        "[forst, ngram, gin, gin-gentle",
        "guests.variants='forst'",
        "forest",
    ),
    (
        "study/molecules.yaml",
        "guests: {split: strict, places: {corpus: corpus}",
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
        "contrasts.ablation[5].variant='no-contxt'",
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
        "of: [dino, dino-long, contrast",
        "of: [dino, dino-long, contrst",
        "derived.tuned.of='contrst'",
        "contrast",
    ),
    ("study/molecules.yaml", '["strict-*"]', '["stritc-*"]', ".split='stritc-*'", "strict"),
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
    # Who reads which view.
    (
        "study/transfer.yaml",
        "{crystal_graphs: {",
        "{crystal_graph: {",
        "read_by='crystal_graph'",
        "crystal_graphs",
    ),
    (
        "study/transfer.yaml",
        "graphs: {method: teacher}",
        "graphs: {method: techer}",
        "read_by.crystal_graphs.method='techer', expected one of",
        "teacher",
    ),
    (
        "study/molecules.yaml",
        "forest: {reads: vectors}",
        "forest: {read: vectors}",
        "unknown key read in study.molecules.read_by.molecular_graphs.forest",
        "reads",
    ),
    # Numbers.
    ("numbers/molecules.yaml", "details: audit", "details: audt", ".details='audt'", "audit"),
    ("numbers/molecules.yaml", "row: {quantity: heavy", "row: {quantty: heavy", ".row='quantty'", "quantity"),
    ("numbers/molecules.yaml", "column: below", "column: belo", ".column='belo'", "below"),
    ("numbers/transfer.yaml", "against: boosting", "against: bosting", ".against='bosting'", "boosting"),
    (
        "numbers/transfer.yaml",
        "against: boosting",
        "against: teacher",
        "against='teacher', but 'crabnet' is compared with",
        "under study.transfer.contrasts",
    ),
    # Published values.
    (
        "published/zhu2023teacher.yaml",
        "variant: teacher",
        "variant: teachr",
        ".variant='teachr'",
        "teacher",
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
        "  full:\n    views: *with-vectors\n    loans: {lender: {metric: mea}}\n",
        "scales.full.loans.lender.metric='mea'",
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
        "once: [dino-long]",
        "once: [dino-lnog]",
        "scales.laptop.once='dino-lnog'",
        "dino-long",
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
        "variants.crabnet-aligned-unseen.uses.teacher.at (in grid[5])='lendre'",
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
        "{column: n_items, arm: fair}",
        ".arm='fair', but the number is of no loan",
        "name one, `loan`",
    ),
    (
        "numbers/precursors.yaml",
        "{column: n_items}",
        "{column: n_items, margin: 0.01}",
        ".margin=0.01, but the number has no interval",
        "take it out",
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
        "did you mean 'crabnet-",
    ),
    (
        "study/molecules.yaml",
        "places: *corpora, seeds: 5, variants: [svm]",
        "places: *corpora, seeds: 5, varaints: [svm]",
        "study.molecules.scales.full.grid.4",
        " has no variants, expected all of the keys dataset, split, variants. Hint: did you mean that by 'varaints'?",
    ),
    # Programs and modules of the wrong kind.
    (
        "study/transfer.yaml",
        "figures: [transfer_strategy",
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
        "contrasts.pretexts has dino-frozen minus contrast-frozen twice",
        "take one",
    ),
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


def test_numbers_may_print_what_the_tables_have():
    tables = {"summary": SUMMARY_SCHEMA, "contrasts": CONTRASTS_SCHEMA, "gains": GAINS_SCHEMA}
    for name, columns in COLUMNS.items():
        assert set(columns) <= set(tables[name])
    assert all(
        set(ends) | {column} <= set(COLUMNS[name])
        for name, table in ENDS.items()
        for column, ends in table.items()
    )


def test_colours_are_those_of_the_figures():
    from retort.report import style

    assert {name.upper() for name in COLOURS} <= set(vars(style))
