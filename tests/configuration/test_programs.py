"""What the load reads from the text of programs and modules."""

import shutil

import pytest

from retort.configuration import STUDIES, ConfigurationError, load, load_once
from retort.configuration.programs import check_modules, declared_roles

from .conftest import CONFIG


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('variants("gin", "forst")', ["line 2: variants='forst'", "did you mean 'forest'?", "molecules"]),
        ('place("bbpb")', ["place='bbpb'", "did you mean 'bbbp'?"]),
        ('metric("roc_acu")', ["metric='roc_acu'", "did you mean 'roc_auc'?"]),
        ('family("pretxts")', ["family='pretxts'", "did you mean 'pretexts'?"]),
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
