"""What everything else is made of: errors, clock, store, exchange, JSON, configuration."""
