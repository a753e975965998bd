"""The app's own truth: one table of runs and lanes, and the queue of wake-ups."""
