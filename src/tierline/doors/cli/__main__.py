"""`python -m tierline.doors.cli`: what the launcher runs."""

import sys

from .commands import main

sys.exit(main(sys.argv[1:]))
