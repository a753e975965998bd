"""`python -m local.emulator`."""

import sys

from local.emulator.command import main

sys.exit(main())
