"""The endpoints of the merchants' API."""
