"""Where promtool is: on the path, or where `make promtool` puts it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PROMTOOL = shutil.which("promtool", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
