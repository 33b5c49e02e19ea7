"""A WhatsApp gateway that lives on one machine: WAHA's wire protocol, a phone page, and people who answer."""
