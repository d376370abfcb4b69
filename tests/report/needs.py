"""Marks of tests that need what a machine may lack."""

import shutil

import pytest

from retort.report import dialect

needs_latex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
needs_stylesheet = pytest.mark.skipif(not dialect.stylesheet(), reason="showyourwork is not installed")
