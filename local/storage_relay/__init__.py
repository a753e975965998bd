"""A relay in front of Azurite that refuses what Azure Storage refuses, and answers as it may.

Azurite is laxer than the service (docs/architecture.md, "Local environment"): what it lets through
would fail on the first day in Azure.
"""
