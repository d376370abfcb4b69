"""The fault suite, `make faults`: what must not be lost, and what must be said, when something goes wrong.

Each function of this package injects one fault into a scratch copy of the project, where a small real run has gone
through, and checks what follows. pytest does not collect it (it takes minutes, and some faults need a full disk or
another user); `python -m tests.faults` runs it and prints a table, which `docs/faults.md` keeps.
"""
