"""Figures about the business, read from the database."""
