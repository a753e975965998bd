"""Checks of infra/ that need no Azure: each is a function over texts and trees, and gives faults.

A parser of Bicep sees syntax alone: a misspelt parameter, an unknown module, a wrong role parse
clean. What is checked here is what a deployment would otherwise be the first to find.
"""
