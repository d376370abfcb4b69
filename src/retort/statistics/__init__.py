"""Robust summaries, influence of items, intervals over replicates and items, comparisons, gains and claims."""
