"""`python -m local.fault_proxy`."""

import sys

from local.fault_proxy.command import main

if __name__ == "__main__":
    sys.exit(main())
