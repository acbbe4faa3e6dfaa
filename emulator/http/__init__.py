"""HTTP: the ASGI application, the protocol classes for uvicorn, the server."""
