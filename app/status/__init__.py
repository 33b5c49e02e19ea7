"""How the installation is: one list of checks, for the Status page and for ``leadline doctor``."""
