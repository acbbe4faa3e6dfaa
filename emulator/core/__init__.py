"""The base of all other packages: errors, clock, store, exchange, JSON, configuration."""
