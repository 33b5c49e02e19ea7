"""The same team, tokens, leads and client as the integration tests of the API."""

from tests.integration.api.conftest import add_lead, api, browser, team, tokens

__all__ = ["add_lead", "api", "browser", "team", "tokens"]
