"""Every kind of call the app makes, through a network that fails: for tests/acceptance."""
