"""Deciding: what callers and operators say about a run."""
