"""The reference (`correlation_reference`) and the streams (`streams`) are modules for the tests beside them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
