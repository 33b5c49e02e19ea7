"""Which leads a consultant is asked about blindly: a few, drawn by chance, and always the same ones. Pure."""

from __future__ import annotations

import hashlib

_WHOLE = 2**64


def is_drawn(lead_id: int, share: float) -> bool:
    """Whether a lead belongs to the random ``share`` (0 to 1). The same lead and share give the same answer always."""
    digest = hashlib.sha256(f"leadline-sample-{lead_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * _WHOLE
