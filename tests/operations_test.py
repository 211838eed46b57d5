"""What operators and their tools see: health, metrics, traces, the API's description, the log."""

import json
import re

from entente_server import MODEL, ROOT, question


def test_health(server):
    assert server.get("/health/live", key=None).json == {"status": "ok"}
    assert server.get("/health/ready", key=None).json == {"status": "ready"}
    assert server.ask("HEAD", "/health/live", key=None).text == ""


def test_metrics_count_what_happened(server):
    before = {name: server.metric(*name) for name in [("entente_attempts_total",), ("entente_tokens_total",)]}
    assert server.chat(question(max_tokens=5)).status == 200
    assert server.metric("entente_attempts_total") == before[("entente_attempts_total",)] + 1
    assert server.metric("entente_tokens_total") > before[("entente_tokens_total",)] + 5
    text = server.get("/metrics").text
    for name in (
        "entente_build_info",
        "entente_connections_open",
        "entente_http_requests_total",
        "entente_store_commits_total",
        "entente_engine_sequences_running",
        "gen_ai_server_time_to_first_token_seconds_bucket",
        "gen_ai_server_request_duration_seconds_bucket",
    ):
        assert re.search(rf"^{name}[{{ ]", text, re.M), name
    assert f'gen_ai_request_model="{MODEL}"' in text
    for line in text.splitlines():  # the text form of Prometheus
        assert re.fullmatch(r"#.*|[a-zA-Z_:][\w:]*(\{[^}]*\})? [-+.\deEinfNa]+", line), line


def test_a_client_cannot_make_metrics_grow(server):
    series = lambda: len(server.get("/metrics").text.splitlines())
    server.get("/v1/nothing-0")
    server.chat(question() | {"model": "made-up-0"})
    before = series()
    for i in range(1, 20):
        server.get(f"/v1/nothing-{i}")
        server.chat(question() | {"model": f"made-up-{i}"})
    assert series() == before


def test_metrics_are_for_this_machine_and_for_keys(server):
    assert server.get("/metrics", key=None).status == 200
    assert server.get("/metrics", key="ent_wrong").status == 401
    # Behind a proxy that nobody declared, everybody seems to come from this machine.
    for header in ("X-Forwarded-For", "Forwarded"):
        assert server.get("/metrics", key=None, headers={header: "203.0.113.9"}).status == 401


def routes_in_the_source() -> set[tuple[str, str]]:
    table = (ROOT / "src/api/routes.cpp").read_text()
    return set(re.findall(r'\{"([A-Z]+)", "([^"]+)", Door::', table))


def test_the_description_names_every_route(server):
    description = server.get("/openapi.json", key=None).json
    assert description["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}
    wanted = {
        (method, path.rstrip("/") + "/{id}" if path.endswith("/") and path != "/" else path)
        for method, path in routes_in_the_source()
        if path != "/"
    }
    assert described == wanted


def test_every_reference_in_the_description_leads_somewhere(server):
    description = server.get("/openapi.json", key=None).json
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(description))):
        place = description
        for part in reference.split("/"):
            place = place[part]
    operations = [op["operationId"] for methods in description["paths"].values() for op in methods.values()]
    assert len(operations) == len(set(operations))


def test_a_trace_goes_on_where_the_client_began_it(server):
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = server.get("/v1/models", headers={"traceparent": f"00-{trace}-{parent}-01"}).headers["traceparent"]
    version, same, span, flags = answer.split("-")
    assert (version, same, flags) == ("00", trace, "01") and span != parent and len(span) == 16
    for nonsense in ("", "00-x", f"00-{'0' * 32}-{parent}-01", f"ff-{trace}-{parent}-01"):
        fresh = server.get("/v1/models", headers={"traceparent": nonsense}).headers["traceparent"]
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", fresh) and trace not in fresh


def test_every_answer_has_an_id_that_the_log_knows(server):
    ids = [
        server.get(path, key=key).headers["x-request-id"]
        for path, key in (("/v1/models", ""), ("/v1/models", None), ("/v9", ""))
    ]
    assert len(set(ids)) == 3
    logged = {line["request"]: line for line in server.log() if line["message"] == "Answered."}
    assert [logged[i]["status"] for i in ids] == [200, 401, 404]


def test_the_log_never_holds_what_was_said(server):
    secret = "xylophone-marmalade-9471"
    assert server.chat(question(f"Repeat: {secret}", max_tokens=12)).status == 200
    server.chat(question(f"Repeat: {secret}") | {"temperature": 9})
    server.chat(b'{"model": "' + secret.encode())
    assert secret not in server.log_file.read_text()
    assert server.key[8:] not in server.log_file.read_text()


def test_usage_adds_up_per_key(server):
    from entente_server import eventually

    key = server.new_key("counted")
    eventually("the running server knows the new key", lambda: server.get("/v1/models", key=key).status == 200)
    spent = [server.chat(question(max_tokens=n), key=key).json["usage"] for n in (3, 4)]
    row = eventually(
        "the outcomes are written",
        lambda: next(
            (
                r
                for r in json.loads(server.entente("usage", "--json").stdout)
                if r["key"] == "counted" and r["attempts"] == 2
            ),
            None,
        ),
    )
    assert row["prompt_tokens"] == sum(u["prompt_tokens"] for u in spent)
    assert row["completion_tokens"] == sum(u["completion_tokens"] for u in spent) == 7
