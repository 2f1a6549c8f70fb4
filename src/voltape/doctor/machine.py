"""Checks of the machine itself: directory and port."""

import errno
import ipaddress
import os
import shutil
import socket
import tempfile
from pathlib import Path

from voltape.doctor.finding import Finding

__all__ = ["check_data_dir", "check_port"]

MB = 1_000_000
SCARCE_MB = 500
TOO_LITTLE_MB = 50
SAMPLE = 65_536
ROOM = "Make room, or name a directory on another disk with VOLTAPE_DATA_DIR."


def check_data_dir(path: Path) -> Finding:
    """Whether the data directory exists or can be made, takes files and has room."""
    advice = "Give yourself the right to write there, or name another directory with VOLTAPE_DATA_DIR."
    existing = next(place for place in (path, *path.parents) if place.exists())
    if not existing.is_dir():
        return Finding("data", "fail", f"{existing} is not a directory", advice)
    if existing != path:
        if not os.access(existing, os.W_OK | os.X_OK):
            return Finding("data", "fail", f"{path} cannot be made", advice)
    else:
        try:
            with tempfile.TemporaryFile(dir=path) as file:
                # A full disk takes a file, but nothing into it.
                file.write(bytes(SAMPLE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            text = f"{path} cannot be written: {error.strerror}"
            return Finding("data", "fail", text, ROOM if full else advice)
    return _room(path, shutil.disk_usage(existing).free // MB)


def _room(path: Path, free_mb: int) -> Finding:
    text = f"{path} can be written, {free_mb:,} MB free"
    if free_mb < TOO_LITTLE_MB:
        return Finding("data", "fail", text, ROOM)
    return Finding("data", "warn", text, ROOM) if free_mb < SCARCE_MB else Finding("data", "ok", text)


def check_port(host: str, port: int, *, guarded: bool) -> Finding:
    """Whether the API can listen at `host` and `port`; `guarded` tells that it asks for a token."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        advice = "Set VOLTAPE_HTTP_HOST to an address of this machine, such as 127.0.0.1."
        return Finding("http", "fail", f"{host} is not known: {error.strerror}", advice)
    family, kind, protocol, _, address = places[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1)
        except OSError as error:
            advice = "Stop what listens there, perhaps a voltape that runs already, or set VOLTAPE_HTTP_PORT."
            if isinstance(error, PermissionError):
                advice = "Ports below 1024 need a right of their own: set VOLTAPE_HTTP_PORT to 1024 or more."
            return Finding("http", "fail", f"{host} port {port} cannot be used: {error.strerror}", advice)
    text = f"{host} port {port} is free" if port else f"{host} takes a free port"
    if not guarded and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        return Finding("http", "warn", text, "Others can read without a token: set VOLTAPE_API_TOKEN.")
    return Finding("http", "ok", text)
