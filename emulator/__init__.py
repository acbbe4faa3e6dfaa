"""A local emulator of five Latin American payment providers, right about authentication."""

__version__ = "0.1.0"
