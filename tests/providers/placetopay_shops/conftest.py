"""The stories use the shop of the other Placetopay tests, which stands one folder up."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
