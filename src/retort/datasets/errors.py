"""What can go wrong between a public file and an array; every message ends with a hint."""


class DataError(Exception):
    """Data that are missing, damaged or contradict what was declared."""


class DownloadError(DataError):
    """No source gave the file."""


class ChecksumError(DownloadError):
    """A source gave other bytes than the declared ones."""


class SchemaError(DataError):
    """A table lacks a column, has a wrong type, no rows, or ids that are not unique."""


class LeakageError(DataError):
    """A group that must stay together lies in several parts of a split."""
