"""The request journal: it keeps exchanges, and calls can wait for one."""
