"""Where the data come from: download, readers, generated data, splits and feature views."""
