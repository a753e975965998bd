"""Deterministic simulation: the real services and domain in a world that is driven by a seed."""
