"""`python -m fvdrift`: the command line (`cli`)."""

import sys

from fvdrift.cli import main

sys.exit(main())
