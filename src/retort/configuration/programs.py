"""What the code names, read without importing it: names in programs of src/scripts, functions that a study must have.

A program of a study writes each name of the study's YAML inside a call of `retort.report.names`, as a literal:
`variant("gin")`, `places("mp-gap", "mp-formation")`. That is how a misspelt one is found here, before any job.
"""

import ast
import functools
import re
from collections.abc import Mapping
from pathlib import Path

from retort.configuration.composition import Known
from retort.configuration.errors import ConfigurationError, check_choice, nearest

NAMES = "retort.report.names"
# Its functions, and what each names.
KINDS = {
    **{"variant": "variants", "place": "places", "metric": "metrics", "family": "families"},
    **{"variants": "variants", "places": "places", "metrics": "metrics"},
}
# What a program calls in `retort.report.results` to learn what it reads and writes.
ARGUMENTS = {"figures": ("figure_arguments",), "tables": ("table_arguments", "overview_arguments")}
# Module of a study: the functions and tables that the pipeline calls in it.
MODULES = {
    "train": ("run",),
    "score": ("score", "details"),
    "illustrations": ("illustrate",),
    "tables": ("DETAILS", "ILLUSTRATIONS"),
    "benchmark": ("measure",),
    "use": ("add_command",),
}


def programs_of(kind: str, folder: Path) -> list[str]:
    """The programs of src/scripts that make what a study lists as `figures` or `tables`, by what they call."""
    pattern = re.compile(rf"\b(?:{'|'.join(ARGUMENTS[kind])})\(")
    return sorted(
        file.stem for file in folder.glob("*.py") if pattern.search(file.read_text(encoding="utf-8"))
    )


def modules_with(function: str, folder: Path) -> list[str]:
    """The modules of a folder that define a function."""
    return sorted(
        file.stem
        for file in folder.glob("[a-z]*.py")
        if function in _defined(file, file.read_text(encoding="utf-8"))
    )


def check_programs(known: Mapping[str, Known], folder: Path) -> None:
    """Check every name that a program of src/scripts writes, against all scales of the study that lists the program.

    A program that no study lists is about all of them, and may name what any has.

    Raises ConfigurationError, naming program, line, name and the nearest one.
    """
    for file in sorted(folder.glob("*.py")):
        studies = [study for study, about in known.items() if file.stem in about.programs] or list(known)
        for call, name, line in _named(file, file.read_text(encoding="utf-8")):
            kind = KINDS[call]
            allowed = {each for study in studies for each in getattr(known[study], kind)}
            check_choice(
                f"line {line}: {call}", name, allowed, file, f"{kind} of {', '.join(studies)}, at any scale"
            )


@functools.cache
def _named(file: Path, content: str) -> list[tuple[str, str, int]]:
    """`(function, name, line)` of each name inside a call of a function of `retort.report.names`."""
    named = []
    tree = ast.parse(content, str(file))
    functions, modules = _imports(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = None
        if isinstance(node.func, ast.Name):
            called = functions.get(node.func.id)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            called = node.func.attr if node.func.value.id in modules else None
        if called not in KINDS:
            continue
        for argument in node.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise ConfigurationError(
                    f"{file}: line {node.lineno}: {called}({ast.unparse(argument)}) is no literal and cannot be "
                    'checked. Hint: write each name out, as in variants("gin", "forest").'
                )
            named.append((called, argument.value, node.lineno))
    return named


def _imports(tree: ast.AST) -> tuple[dict[str, str], set[str]]:
    """Local names of the functions of `retort.report.names`, and of the module itself."""
    functions: dict[str, str] = {}
    modules: set[str] = set()
    package, _, module = NAMES.rpartition(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == NAMES:
            functions |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == module}
    return functions, modules


def check_modules(studies: list[str], folder: Path) -> None:
    """Check that each study has the modules that the pipeline calls, with their functions.

    Raises ConfigurationError, naming the file and what it lacks.
    """
    for study in studies:
        package = folder / study
        if not (package / "__init__.py").exists():
            raise ConfigurationError(
                f"{package / '__init__.py'}: there is no such file. Hint: make it, it may be empty."
            )
        for module, wanted in MODULES.items():
            file = package / f"{module}.py"
            if not file.exists():
                raise ConfigurationError(
                    f"{file}: there is no such file, but study.{study} needs {module}.{wanted[0]}. "
                    "Hint: docs/architecture.md has the functions of a study."
                )
            defined = _defined(file, file.read_text(encoding="utf-8"))
            for name in wanted:
                if name not in defined:
                    raise ConfigurationError(
                        f"{file}: study.{study} needs {module}.{name}, and the module defines "
                        f"{', '.join(sorted(defined)) or 'nothing'}. Hint: {nearest(name, defined)}"
                    )


def declared_roles(file: Path) -> tuple[str, ...]:
    """The roles that a study's runs ask `uses` for: the constant ROLES of its train.py; without it there are none.

    Raises ConfigurationError where ROLES is no tuple of literals.
    """
    for node in ast.parse(file.read_text(encoding="utf-8"), str(file)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not any(isinstance(target, ast.Name) and target.id == "ROLES" for target in targets):
            continue
        try:
            roles = ast.literal_eval(node.value)  # type: ignore[attr-defined]
        except ValueError:
            roles = None
        if isinstance(roles, tuple) and all(isinstance(role, str) for role in roles):
            return roles
        raise ConfigurationError(
            f"{file}: {ast.unparse(node)} is no tuple of literals and cannot be checked. "
            'Hint: write each role out, as in ROLES = ("teacher", "start").'
        )
    return ()


@functools.cache
def _defined(file: Path, content: str) -> set[str]:
    """The names that a module defines or imports at its top level."""
    defined = set()
    for node in ast.parse(content, str(file)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            defined |= {alias.asname or alias.name for alias in node.names}
    return defined
