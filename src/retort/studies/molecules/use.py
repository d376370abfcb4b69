"""The study's commands: `retort embed` and `retort property`, its models on anyone's molecules."""

import argparse

from retort.studies.molecules import embed, predict

# The models that `make model NAME=..` makes, at the place of this name, or on this split of the data set of
# NAME=property/<data set>: of several variants, that which did best on validation by the scale's record. Literals only.
MODELS = {
    "embed": {"place": "corpus", "variants": ["descriptors", "molclr", "contrast", "dino"]},
    "property": {"split": "strict", "variants": ["forest", "svm", "ngram", "dmpnn"]},
}


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` and `property` to the `retort` command line."""
    embed.add_command(subparsers)
    predict.add_command(subparsers)
