"""What a person sees of a model that works: who has answers running, who waits, and how much of the machine each had."""

import json

from entente_server import ENDLESS, Stream, eventually

TWO_PLACES = "engine.sequences = 2\nengine.context_tokens = 2048\n"


def test_tenants_and_their_shares_are_told(start_server):
    server = start_server(TWO_PLACES)
    keys = {t: json.loads(server.entente("keys", "create", t, "--tenant", t, "--json").stdout)["secret"] for t in ("clinic", "school")}
    for key in keys.values():
        eventually("the server knows the key", lambda key=key: server.get("/v1/models", key=key).status == 200)
    streams = []
    for tenant in ("clinic", "clinic", "school"):
        server.key = keys[tenant]
        streams.append(Stream(server, ENDLESS))
    eventually("both have work", lambda: {t["name"] for t in server.get("/engines").json["engines"][0]["tenants"]} == {"clinic", "school"})

    def told(name: str, tenant: str) -> float:
        return server.metric(f"entente_engine_tenant_{name}", tenant=tenant)

    eventually("each has a place", lambda: told("running", "clinic") == 1 and told("running", "school") == 1)
    assert told("waiting", "clinic") == 1 and told("waiting", "school") == 0
    eventually("time is counted", lambda: told("served_seconds", "clinic") > 0 and told("served_seconds", "school") > 0)
    shown = server.entente("ps").stdout
    assert "TENANT" in shown and "clinic" in shown and "school" in shown
    for stream in streams:
        stream.connection.close()
    eventually("nobody has work", lambda: not server.get("/engines").json["engines"][0]["tenants"])
    assert "entente_engine_tenant_running{" not in server.get("/metrics").text
