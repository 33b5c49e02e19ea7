"""The world of the conversation tests serves privacy too."""

from tests.integration.conversations.conftest import world

__all__ = ["world"]
