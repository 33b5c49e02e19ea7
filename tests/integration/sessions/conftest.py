"""The world of the conversation tests serves the sessions too."""

from tests.integration.conversations.conftest import world

__all__ = ["world"]
