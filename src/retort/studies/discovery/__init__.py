"""The study of language: finding materials like a known one, and ranking them by several properties at once."""
