"""How Reflex builds and serves the web process. Everything else is a setting of Leadline (app/settings_fields.py)."""

import reflex as rx
from reflex.constants import StateManagerMode

from app.settings import load_settings
from app.ui.theme import SameOrigin, theme

settings = load_settings()
origins = [f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"] if settings.demo else []

config = rx.Config(
    app_name="leadline",
    app_module_import="app.app",
    backend_port=settings.port,
    frontend_port=settings.port,
    cors_allowed_origins=[*origins, settings.url],
    plugins=[SameOrigin(), rx.plugins.RadixThemesPlugin(theme=theme())],
    disable_plugins=[rx.plugins.SitemapPlugin],
    redis_url=settings.redis_url.get_secret_value() or None,
    show_built_with_reflex=False,
    state_manager_mode=StateManagerMode.MEMORY,
    telemetry_enabled=False,
)
