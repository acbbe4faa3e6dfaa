"""A running emulator: namespaces, the path of a request, the journal."""
