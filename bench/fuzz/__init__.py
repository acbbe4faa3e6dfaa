"""Hunts with a seed: what is changed by chance must never be accepted, and never be a 500."""
