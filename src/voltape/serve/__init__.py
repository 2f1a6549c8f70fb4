"""HTTP: the REST interface, the push stream's WebSocket, metrics and the dashboard's files."""

__all__: list[str] = []
