"""Measurements against a running Leadline: the board, the webhook, and the whole flow.

Each measurement is bounded in count and time, and talks to this machine alone. It leaves leads behind: run it
on a demo that you can throw away.
"""

from __future__ import annotations

from app.bench.commands import main

__all__ = ["main"]
