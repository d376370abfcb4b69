"""Retort: does borrowed knowledge help when chemical labels are scarce?"""

__version__ = "0.1.0"
