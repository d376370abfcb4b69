"""Robust summaries, bootstrap intervals, paired comparisons and published claims."""
