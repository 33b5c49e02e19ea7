"""The HTTP edge: webhooks, REST, sign-in and health."""

from app.api.edge import create_api, front_door
from app.api.security import SecurityHeaders

__all__ = ["SecurityHeaders", "create_api", "front_door"]
