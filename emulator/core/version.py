"""The version of the emulator."""

__version__ = "0.1.0"
