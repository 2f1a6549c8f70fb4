"""Trust in the exchange's certificates."""

import ssl
from pathlib import Path

import certifi
import pytest

from voltape.sim.certificate import server_context
from voltape.tls import client_context


class Paths:
    """Where this machine would look for certificates."""

    def __init__(self, cafile: Path | None, capath: Path | None) -> None:
        self.cafile = None if cafile is None else str(cafile)
        self.openssl_cafile = "/built/in/cert.pem"
        self.capath = None if capath is None else str(capath)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return the file of an authority nobody knows."""
    path = tmp_path / "ca.pem"
    server_context("localhost", path)
    return path


def place(monkeypatch: pytest.MonkeyPatch, cafile: Path | None, capath: Path | None) -> None:
    """Have the machine keep its certificates there."""
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: Paths(cafile, capath))


def count(context: ssl.SSLContext) -> int:
    """Authorities that are loaded."""
    return context.cert_store_stats()["x509_ca"]


def test_certificates_and_names_are_always_checked(bundle: Path) -> None:
    """Neither with nor without an extra bundle is verification off."""
    for context in (client_context(None), client_context(bundle)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_a_directory_of_certificates_is_not_loaded_as_a_whole(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the system has one, only what a server needs is read, and the extra bundle is added."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs/12345678.0").write_text("")
    place(monkeypatch, None, tmp_path / "certs")
    assert count(client_context(None)) == 0
    assert count(client_context(bundle)) == 1


def test_a_file_that_the_user_chose_is_loaded(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSL_CERT_FILE goes before the directory."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs/12345678.0").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    place(monkeypatch, bundle, tmp_path / "certs")
    assert count(client_context(None)) == 1


def test_a_system_without_certificates_gets_a_list(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A bare container trusts certifi's authorities, and the extra bundle beside them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    place(monkeypatch, None, tmp_path)
    known = Path(certifi.where()).read_text("ascii", "replace").count("BEGIN CERTIFICATE")
    assert count(client_context(None)) == known
    assert count(client_context(bundle)) == known + 1
