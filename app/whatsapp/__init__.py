"""The way to WhatsApp: one port (gateway), its events and errors, and the adapters behind it."""
