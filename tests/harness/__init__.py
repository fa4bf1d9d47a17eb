"""Helpers that run the real things: a PostgreSQL cluster, the server as a process, a browser."""
