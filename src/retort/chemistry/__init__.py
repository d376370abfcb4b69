"""Compositions, molecules, crystals and reactions turned into arrays."""
