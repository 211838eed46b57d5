"""No web page elsewhere may use a server on its reader's machine: names, origins, cookies and links."""

import json
from urllib.parse import urlsplit

import pytest
from entente_server import question

LISTED = "https://intranet.example.org"


@pytest.fixture(scope="module")
def strict(tmp_path_factory, no_models):
    from entente_server import Server

    server = Server(
        tmp_path_factory.mktemp("strict"),
        no_models,
        f'server.allowed_origins = ["{LISTED}"]\nserver.allowed_hosts = ["ai.example.org"]\n',
    )
    yield server
    server.stop()


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "LOCALHOST:9", "[::1]:8080", "page.localhost", "ai.example.org", "AI.example.org:443"],
)
def test_it_answers_to_its_own_names(strict, host):
    assert strict.get("/v1/models", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::2]",
        "",
        "ai.example.org.evil.example",
        "169.254.169.254",
    ],
)
def test_another_name_is_misdirected(strict, host):
    for path in ("/v1/models", "/health/live", "/", "/metrics"):
        response = strict.get(path, headers={"Host": host})
        assert response.status == 421 and response.json["error"]["code"] == "host_not_allowed"


def own_origin(server):
    where = urlsplit(server.url)
    return f"{where.scheme}://{where.netloc}"


def test_only_its_own_pages_and_listed_ones_may_ask(strict):
    port = urlsplit(strict.url).port
    for origin in (own_origin(strict), LISTED, LISTED.upper()):
        assert strict.get("/v1/models", headers={"Origin": origin}).status == 200, origin
    for origin in (
        "https://evil.example",
        "null",
        "file://",
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port + 1}",
        f"http://localhost:{port}",
        "http://127.0.0.1",
        LISTED + ".evil.example",
    ):
        response = strict.get("/v1/models", headers={"Origin": origin})
        assert response.status == 403 and response.json["error"]["code"] == "origin_not_allowed", origin
        assert "access-control-allow-origin" not in response.headers


def test_a_preflight_echoes_what_a_listed_page_asks_for(strict):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang,x-stainless-retry-count",
    }
    response = strict.ask("OPTIONS", "/v1/chat/completions", key=None, headers={"Origin": LISTED} | asked)
    assert response.status == 204
    assert response.headers["access-control-allow-origin"] == LISTED
    assert response.headers["access-control-allow-headers"] == asked["Access-Control-Request-Headers"]
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in response.headers, "the cookie is for our own page alone"
    refused = strict.ask(
        "OPTIONS", "/v1/chat/completions", key=None, headers={"Origin": "https://evil.example"} | asked
    )
    assert refused.status == 403 and "access-control-allow-origin" not in refused.headers


def test_a_listed_page_may_read_errors_and_headers(strict):
    response = strict.get("/v1/models", key=None, headers={"Origin": LISTED})
    assert response.status == 401
    assert response.headers["access-control-allow-origin"] == LISTED
    assert "x-request-id" in response.headers["access-control-expose-headers"]


PAGE = {"X-Entente-Page": "1"}


def sign_in(server, **body):
    return server.ask("POST", "/session", body, key=None, headers=PAGE)


def cookie_of(response) -> dict:
    whole = response.headers["set-cookie"]
    assert "HttpOnly" in whole and "SameSite=Strict" in whole
    return {"Cookie": whole.split(";")[0]}


def test_a_link_signs_in_once(strict):
    token = strict.link().split("#token=")[1]
    first = sign_in(strict, token=token)
    assert first.status == 204
    assert strict.get("/session", key=None, headers=cookie_of(first)).json["signed_in"] is True
    again = sign_in(strict, token=token)
    assert again.status == 401 and again.json["error"]["code"] == "invalid_link"


def test_a_key_signs_in_and_signing_out_ends_it(strict):
    signed = sign_in(strict, key=strict.key)
    assert signed.status == 204
    cookie = cookie_of(signed)
    assert strict.get("/v1/models", key=None, headers=cookie).status == 200
    out = strict.ask("DELETE", "/session", key=None, headers=cookie | PAGE)
    assert out.status == 204 and "Max-Age=0" in out.headers["set-cookie"]
    assert strict.get("/v1/models", key=None, headers=cookie).status == 401


@pytest.mark.parametrize("body", [{}, {"token": "x", "key": "y"}, {"token": 7}, {"key": []}, {"tokn": "x"}])
def test_signing_in_with_nonsense_names_it(strict, body):
    assert sign_in(strict, **body).status == 400


def test_what_does_not_sign_in(strict):
    for body in ({"token": "lnk_wrong"}, {"token": ""}, {"key": "ent_wrong"}, {"key": "ses_wrong"}):
        assert sign_in(strict, **body).status in (400, 401), body


def test_a_cookie_changes_things_only_with_the_pages_header(strict):
    cookie = cookie_of(sign_in(strict, key=strict.key))
    for method, path, body in (("POST", "/v1/chat/completions", question()), ("DELETE", "/session", None)):
        response = strict.ask(method, path, body, key=None, headers=cookie)
        assert response.status == 403 and response.json["error"]["code"] == "page_header_missing"
    # A form of another site could post text/plain or a urlencoded body to /session, with whatever it likes in it.
    response = strict.ask(
        "POST", "/session", json.dumps({"key": strict.key}), key=None, headers={"Content-Type": "text/plain"}
    )
    assert response.status == 403
    assert (
        strict.chat(question(), key=None, headers=cookie | PAGE).status == 404
    ), "no model is here, but the door opened"


def test_a_session_is_no_key_and_a_key_no_cookie(strict):
    session = cookie_of(sign_in(strict, key=strict.key))["Cookie"].split("=")[1]
    assert strict.get("/v1/models", key=session).status == 401
    assert strict.get("/v1/models", key=None, headers={"Cookie": f"entente_session={strict.key}"}).status == 401


def test_a_revoked_key_takes_its_sessions_along(start_server):
    from entente_server import eventually

    server = start_server(with_model=False)
    key = server.new_key("leaving")
    eventually("the running server knows the new key", lambda: server.get("/v1/models", key=key).status == 200)
    cookie = cookie_of(sign_in(server, key=key))
    server.entente("keys", "revoke", "leaving")
    eventually("the key is refused", lambda: server.get("/v1/models", key=key).status == 401)
    assert server.get("/v1/models", key=None, headers=cookie).status == 401
    assert server.get("/v1/models").status == 200
