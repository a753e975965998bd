"""Tests: unit, simulation, integration, acceptance."""
