"""Trust in the exchange's certificates: one context for the stream and for REST."""

import ssl
from pathlib import Path

__all__ = ["client_context"]


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that checks certificates and host names, always.

    It trusts what the system trusts (certifi's list where the system has none), and what is in `ca_file` besides.
    """
    paths = ssl.get_default_verify_paths()
    # A file that SSL_CERT_FILE names is the user's choice and is loaded.
    chosen = (paths.cafile or paths.openssl_cafile) != paths.openssl_cafile
    directory = paths.capath or ""
    if directory and not chosen and any(Path(directory).glob("*.0")):
        # Read one by one when a server presents them, instead of 1.2 MB of them that stay.
        context = ssl.create_default_context(capath=directory)
    else:
        context = ssl.create_default_context()
        if not context.cert_store_stats()["x509_ca"]:
            import certifi  # noqa: PLC0415 - needed only where the system has no list

            context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
