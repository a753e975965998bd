"""Announcing: a run's end is told, to a queue and to its receiver."""
