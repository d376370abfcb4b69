"""Names of the plan as programs write them.

Each function returns what it is given. A program names every variant, place, metric and family of comparisons through
one of them, as a literal, so that reading the configuration can check its text without running it: a name that no
scale has stops the load.
"""


def variant(name: str) -> str:
    """A variant of the program's study."""
    return name


def variants(*names: str) -> tuple[str, ...]:
    """Several variants, in the order in which they are shown."""
    return names


def place(name: str) -> str:
    """A place of the program's study: a named block of its grid."""
    return name


def places(*names: str) -> tuple[str, ...]:
    """Several places, in the order in which they are shown."""
    return names


def metric(name: str) -> str:
    """A metric of the program's study."""
    return name


def metrics(*names: str) -> tuple[str, ...]:
    """Several metrics, in the order in which they are shown."""
    return names


def family(name: str) -> str:
    """A family of comparisons of the program's study."""
    return name
