"""Indexing: what is told of runs to the index, by which those of all lanes are listed."""
