"""Members of the team before the pages that are for managers."""

from __future__ import annotations

from tests.acceptance.drawer.conftest import new_phone, sit_down

__all__ = ["new_phone", "sit_down"]
