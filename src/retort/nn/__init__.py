"""Networks and layers that more than one study can use, and the batches that they read."""
