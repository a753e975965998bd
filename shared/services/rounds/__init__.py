"""Rounds: what timers do over all lanes, the sweep and retention."""
