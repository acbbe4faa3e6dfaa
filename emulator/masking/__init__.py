"""Keeping secrets and card numbers out of what is shown."""
