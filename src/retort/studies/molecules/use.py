"""The study's commands: `retort embed` and `retort property`, its models on anyone's molecules."""

import argparse

from retort.studies.molecules import embed, predict


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` and `property` to the `retort` command line."""
    embed.add_command(subparsers)
    predict.add_command(subparsers)
