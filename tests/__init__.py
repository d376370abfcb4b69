"""Tests; the tree mirrors src/retort, and a name may stand in several folders."""
