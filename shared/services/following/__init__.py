"""Following: what becomes of a run's flow session, by callbacks, by looking, by asking."""
