"""Why the host does not start, in words for the developer who reads them."""


class HostError(Exception):
    """Something in the app, host.json or the settings cannot be served."""
