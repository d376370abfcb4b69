"""LaTeX tables, numbers and the plot style."""
