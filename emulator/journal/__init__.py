"""The request journal: what it keeps of an exchange, and how somebody waits for one."""
