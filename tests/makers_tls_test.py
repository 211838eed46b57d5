"""The way to a maker over TLS: authorities of one's own, a certificate that we show, sessions resumed, a proxy between."""

import base64
import hashlib
import json
import socket
import ssl
import subprocess
import threading

import pytest
from entente_server import eventually
from makers import TEXT, chat, deployment, frames, model, provider, text_of
from mock import Plan


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a server's certificate for localhost and mock.test, and a client's."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem", folder=folder)
    for name, names in (("server", "DNS:localhost,DNS:mock.test"), ("client", "DNS:client")):
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr", folder=folder)
        (folder / "names").write_text(f"subjectAltName={names}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "names", "-out", f"{name}.pem", folder=folder)  # fmt: skip
    return folder


@pytest.fixture
def tls(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.load_verify_locations(certificates / "ca.pem")
    return context


def ask(server, count=1, **more):
    """On one connection of the client, so that one network thread of the server does it all."""
    connection = server.connection()
    answers = []
    for _ in range(count):
        connection.request("POST", "/v1/chat/completions", json.dumps(chat(**more)),
                           {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"})  # fmt: skip
        response = connection.getresponse()
        answers.append((response.status, response.read().decode()))
    return answers


def test_an_authority_of_ones_own_is_trusted_and_no_other(mocks, start, tls, certificates):
    mock = mocks(tls=tls)
    with_ca = start(provider("p", mock, ca_file=str(certificates / "ca.pem")), deployment("d", "p"), model("assistant", "d"))
    response = with_ca.chat(chat(stream=True))
    assert text_of(frames(response)) == TEXT
    without = start(provider("p", mock), deployment("d", "p"), model("assistant", "d"))
    response = without.chat(chat())
    assert response.status == 502 and response.json["error"]["code"] == "tls_failed", response.text
    assert "not trusted" in response.json["error"]["message"]
    assert len(mock.received) == 1, "nothing was sent to a stranger"


def spki_of(certificate, folder) -> str:
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], cwd=folder, check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True, capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def test_a_receipt_names_the_key_of_the_server_that_was_reached(mocks, start, tls, certificates, tmp_path):
    mock = mocks(tls=tls)
    server = start(provider("p", mock, ca_file=str(certificates / "ca.pem")), deployment("d", "p"), model("assistant", "d"))
    for plan, status in ((Plan(), 200), (Plan(status=500), 502)):  # also when the answer was a refusal
        mock.plan = plan
        asked = server.chat(chat())
        assert asked.status == status
        request = asked.headers["x-request-id"]
        receipt = server.get(f"/v1/receipts/{request}").body
        record = json.loads(receipt)["attempts"][0]["outcome"]["record"]
        assert record["peer"]["spki"] == spki_of("server.pem", certificates)
        assert record["peer"]["name"] in ("localhost", "127.0.0.1") and record["peer"]["address"].endswith(f":{mock.port}")
        assert record["peer"]["tls"] == "TLSv1.3"
        (tmp_path / "receipt").write_bytes(receipt)
        said = server.entente("verify", tmp_path / "receipt").stdout
        assert f"public key sha256/{record['peer']['spki']}" in said, said


def test_a_session_is_resumed_when_a_connection_is_made_anew(mocks, start, tls, certificates):
    mock = mocks(tls=tls)
    server = start(provider("p", mock, ca_file=str(certificates / "ca.pem")), deployment("d", "p"), model("assistant", "d"))
    mock.script(Plan(), Plan(close_after=True), Plan())
    connection = server.connection()
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    for number in range(3):
        connection.request("POST", "/v1/chat/completions", json.dumps(chat()), headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        response.read()
        if number == 1:
            eventually("it is closed", lambda: mock.open == 0)
    assert [r.connection for r in mock.received] == [1, 1, 2]
    assert [r.resumed for r in mock.received] == [False, False, True]


def test_our_certificate_is_shown_to_who_asks(mocks, start, tls, certificates):
    tls.verify_mode = ssl.CERT_REQUIRED
    mock = mocks(tls=tls)
    shown = {"client_certificate": str(certificates / "client.pem"), "client_key": str(certificates / "client.key")}
    server = start(provider("p", mock, ca_file=str(certificates / "ca.pem"), **shown), deployment("d", "p"), model("assistant", "d"))
    assert ask(server)[0][0] == 200
    assert mock.received[0].client_certificate == "commonName=client"
    bare = start(provider("p", mock, ca_file=str(certificates / "ca.pem")), deployment("d", "p"), model("assistant", "d"))
    assert ask(bare)[0][0] == 502
    assert len(mock.received) == 1


class Proxy:
    """An HTTP proxy that opens tunnels, all of them to one port, whatever was asked for."""

    def __init__(self, to: int):
        self.to, self.asked = to, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.tunnel, args=(client,), daemon=True).start()

    def tunnel(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.asked.append(head.split(b"\r\n")[0].decode())
        server = socket.create_connection(("127.0.0.1", self.to))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def pass_on(a, b):
            try:
                while data := a.recv(65536):
                    b.sendall(data)
                b.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        threading.Thread(target=pass_on, args=(client, server), daemon=True).start()
        pass_on(server, client)


def test_a_proxy_opens_the_way(mocks, start_server, tls, certificates):
    mock = mocks(tls=tls)
    proxy = Proxy(mock.port)
    text = provider("p", mock, endpoint=f"https://mock.test:{mock.port}/v1", ca_file=str(certificates / "ca.pem"))
    server = start_server("", with_model=False)
    server.stop()
    server.configure("\n".join([text, deployment("d", "p"), model("assistant", "d")]))
    server.environment["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.port}"
    server.start()
    assert [status for status, _ in ask(server, 2)] == [200, 200]
    assert proxy.asked == [f"CONNECT mock.test:{mock.port} HTTP/1.1"], "one tunnel, used twice"
    proxy.listener.close()
