"""The parts of a split, by name. Apart from how they are drawn, which no training depends on."""

PARTS = ("train", "valid", "test")
UNLABELLED = "unlabelled"  # training rows whose label training may not see
EXCLUDED = "excluded"  # rows that are in no part
