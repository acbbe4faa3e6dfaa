"""The sockets: ASGI application, uvicorn protocol classes, server."""
