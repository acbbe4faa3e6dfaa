"""The hosted page at `processUrl`: its endpoints, its texts, its files."""
