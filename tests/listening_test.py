"""Where a server listens: a Unix socket, TLS, behind proxies, under a base path."""

import os
import signal
import socket
import ssl
import subprocess
from urllib.parse import urlsplit

import openai
from entente_server import MODEL, eventually, question


def make_certificate(folder, name):
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            folder / "tls.key",
            "-out",
            folder / "tls.crt",
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )


def served_certificate(server):
    where = urlsplit(server.url)
    return ssl.get_server_certificate((where.hostname, where.port), timeout=30)


def test_tls_from_end_to_end_and_new_certificates_without_a_restart(start_server, tmp_path):
    make_certificate(tmp_path, "first")
    server = start_server(f'server.tls.certificate = "{tmp_path}/tls.crt"\nserver.tls.key = "{tmp_path}/tls.key"\n')
    assert server.url.startswith("https://") and server.link().startswith("https://")
    trust = ssl.create_default_context(cafile=tmp_path / "tls.crt")
    with openai.OpenAI(
        base_url=server.url + "/v1",
        api_key=server.key,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(verify=trust),
    ) as client:
        assert client.chat.completions.create(**question()).choices[0].message.content
        assert "".join(
            c.choices[0].delta.content or "" for c in client.chat.completions.create(**question(), stream=True)
        )
    signed = server.ask("POST", "/session", {"key": server.key}, key=None, headers={"X-Entente-Page": "1"})
    assert "; Secure" in signed.headers["set-cookie"]

    first = served_certificate(server)
    make_certificate(tmp_path, "second")
    server.process.send_signal(signal.SIGHUP)
    eventually("the new certificate is served", lambda: served_certificate(server) != first)
    second = served_certificate(server)
    (tmp_path / "tls.crt").write_text("broken")
    server.process.send_signal(signal.SIGHUP)
    eventually("it is refused", lambda: any("old one stays" in line["message"] for line in server.log()))
    assert served_certificate(server) == second


def test_a_unix_socket_serves_beside_a_port(start_server):
    folder = socket_folder()
    server = start_server(f'server.listen = ["127.0.0.1:0", "unix:{folder}/s"]\n', with_model=False)
    assert f"unix:{folder}/s" in server.addresses
    assert server.get("/v1/models", unix=f"{folder}/s").status == 200
    assert server.get("/v1/models", unix=f"{folder}/s", key=None).status == 401
    assert (
        server.get("/v1/models", unix=f"{folder}/s", headers={"Host": "anything"}).status == 200
    ), "no browser comes this way"
    assert server.get("/v1/models", unix=f"{folder}/s", headers={"Origin": "https://evil.example"}).status == 403
    server.stop(signal.SIGKILL)
    server.start()
    assert server.get("/health/live", unix=f"{folder}/s").status == 200, "what the kill left is replaced"
    server.stop()
    assert not os.path.exists(f"{folder}/s")


def test_one_listener_takes_who_has_no_key_and_another_does_not(start_server):
    folder = socket_folder()
    one = f'server.listen = ["127.0.0.1:0", "unix:{folder}/s"]\nserver.unkeyed = "test"\n'
    server = start_server(one + f'server.unkeyed_listeners = ["unix:{folder}/s"]\n', with_model=False)
    assert server.get("/v1/models", unix=f"{folder}/s", key=None).status == 200
    assert server.get("/v1/models", key=None).status == 401 and server.get("/v1/models").status == 200
    server.configure(one)
    server.entente("config", "reload")
    eventually("all of them do", lambda: server.get("/v1/models", key=None).status == 200)
    server.configure(one + 'server.unkeyed_listeners = ["127.0.0.1:1"]\n')
    refused = server.entente("config", "check", check=False)
    assert refused.returncode == 1 and "not in server.listen" in refused.stderr + refused.stdout


def socket_folder() -> str:
    """pytest's own folders may be longer than a Unix socket's path."""
    import tempfile

    return tempfile.mkdtemp(prefix="entente-")


def test_a_base_path_holds_everything(start_server):
    server = start_server('server.base_path = "/ai"\n')
    assert server.url.endswith("/ai") and "/ai/#token=" in server.link()
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
        assert [m.id for m in client.models.list()] == [MODEL]
        assert client.chat.completions.create(**question()).choices
    outside = server.connection()
    outside.request("GET", "/v1/models", headers={"Authorization": f"Bearer {server.key}"})
    assert outside.getresponse().status == 404


def test_trusted_proxies_say_who_asks(start_server):
    forwarded = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9", "X-Forwarded-Proto": "https", "Host": "localhost"}
    for config, client, secure in (
        ("", "127.0.0.1", False),
        ('server.trusted_proxies = ["127.0.0.0/8"]\n', "203.0.113.9", True),
    ):
        server = start_server(config, with_model=False)
        signed = server.ask(
            "POST", "/session", {"key": server.key}, key=None, headers=forwarded | {"X-Entente-Page": "1"}
        )
        assert ("; Secure" in signed.headers["set-cookie"]) == secure
        answered = [line for line in server.log() if line["message"] == "Answered." and line.get("path") == "/session"]
        assert answered[-1]["client"] == client
        # The page's origin is https://localhost, as the proxy's clients see it.
        own = server.get("/v1/models", headers=forwarded | {"Origin": "https://localhost"})
        assert own.status == (200 if secure else 403)


def test_plain_http_beyond_this_machine_warns(start_server):
    server = start_server('server.listen = ["0.0.0.0:0"]\n', with_model=False)
    assert any(
        "without TLS beyond this machine" in line["message"] and line["level"] == "warning" for line in server.log()
    )


def test_half_sent_requests_delay_nobody(server):
    where = urlsplit(server.url)
    half = []
    try:
        for i in range(64):
            half.append(socket.create_connection((where.hostname, where.port), timeout=30))
            half[-1].sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: loc"
                if i % 2
                else b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
            )
        for _ in range(20):
            assert server.get("/v1/models").status == 200
        assert server.chat(question()).status == 200
    finally:
        for connection in half:
            connection.close()
