"""`python -m local.storage_relay`."""

import sys

from local.storage_relay.command import main

if __name__ == "__main__":
    sys.exit(main())
