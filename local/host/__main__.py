"""`python -m local.host`."""

import sys

from local.host.command import main

sys.exit(main())
