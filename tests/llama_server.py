"""Debian's llama-server on a port of its own: the peer that computes the same files, and a maker like others."""

import contextlib
import shutil
import socket
import subprocess
import urllib.request

import pytest
from entente_server import eventually


@contextlib.contextmanager
def llama_server(file, *options):
    """Its address, once it answers."""
    if not shutil.which("llama-server"):
        pytest.skip("llama.cpp-tools brings llama-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["llama-server", "-m", file, "--port", str(port), "--host", "127.0.0.1", "-c", "2048", "-t", "1", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def healthy():
        assert process.poll() is None, "llama-server ended"
        try:
            return urllib.request.urlopen(url + "/health", timeout=5).status == 200
        except OSError:
            return False

    try:
        eventually("llama-server answers", healthy)
        yield url
    finally:
        process.kill()
        process.wait()
