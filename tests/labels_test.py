"""Labels that the configuration's rules give: by who asks, and by what is found in a text; judged by another library's numbers."""

import base64
import json
import random
import sqlite3

import anthropic
import openai
import pytest
from entente_server import eventually
from makers import chat, client, deployment, model, provider, settled
from policy_test import HEALTH, facts
from stdnum import get_cc_module, iban, luhn

LABELS = """
[[labels]]
label = "health"
projects = ["ward-*"]

[[labels]]
label = "health"
finds = ["national-id", "not-text"]
words = ["diagnos*", "patient*"]
except = ["patient7"]
"""


@pytest.fixture
def clinic(mocks, start):
    sweden, france = mocks(2)
    server = start(
        provider("p1", sweden), provider("p2", france),
        deployment("sweden", "p1") + facts(processing_locations=["SE"], ultimate_parent_country="US"),
        deployment("france", "p2") + facts(processing_locations=["FR"], ultimate_parent_country="FR"),
        model("assistant", "sweden", "france"), model("cheap", "sweden"), HEALTH, LABELS)  # fmt: skip
    return sweden, france, server


def saying(text: str, **more) -> dict:
    return chat(messages=[{"role": "user", "content": text}], **more)


def where(server, text, **headers):
    return server.chat(saying(text), **headers).headers["entente-deployment"]


def test_what_a_text_holds_decides_where_it_goes(clinic):
    sweden, _, server = clinic
    assert where(server, "Who wrote Candide?") == "sweden"
    assert where(server, "PATIENT7 is a film; there is no such word as impatiently") == "sweden"
    for said in ("Her DIAGNOSIS is clear", "Patienten X.", "No. 2 55 08 14 168 025 38", "id 8001015009087"):
        assert where(server, said) == "france", said
    assert len(sweden.received) == 2


def test_it_is_found_wherever_a_request_can_say_it(clinic):
    sweden, _, server = clinic
    it = "her diagnosis"
    say = client(server).chat.completions.create
    say(model="assistant", messages=[{"role": "system", "content": it}, {"role": "user", "content": "Hi"}])
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    say(model="assistant", messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": [call]},
                                     {"role": "tool", "tool_call_id": "c1", "content": it}])  # fmt: skip
    say(model="assistant", messages=chat()["messages"], tools=[{"type": "function", "function": {"name": "f", "description": it}}])
    pixel = base64.b64encode(bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )).decode()  # fmt: skip
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}}
    say(model="assistant", messages=[{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}])
    client(server).responses.create(model="assistant", input="Hi", instructions=it)
    claude = anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0)
    claude.messages.create(model="assistant", max_tokens=9, system=it, messages=[{"role": "user", "content": "Hi"}])
    assert sweden.received == [], "none of it left for Sweden"


def test_a_refusal_says_why_the_work_has_its_label_and_repeats_nothing(clinic):
    sweden, _, server = clinic
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client(server).chat.completions.create(**saying("The diagnosis of 2 55 08 14 168 025 38", model="cheap"))
    said = refused.value.body["message"]
    assert said.endswith("The work is labelled 'health', because it holds a French social security number."), said
    assert "2 55 08" not in said
    with pytest.raises(openai.PermissionDeniedError) as counted:
        client(server).responses.input_tokens.count(model="cheap", input="the patients")
    assert "because it holds a listed word" in counted.value.body["message"]
    assert sweden.received == []
    assert "diagnosis of" not in server.log_text()


def test_a_project_labels_its_work(clinic):
    sweden, _, server = clinic
    made = server.entente("keys", "create", "k", "--project", "ward-3", "--json").stdout
    ward = json.loads(made)["secret"]
    eventually("its key is known", lambda: server.get("/v1/models", key=ward).status == 200)
    assert server.chat(chat(), key=ward).headers["entente-deployment"] == "france"
    refused = server.chat(chat(model="cheap"), key=ward)
    assert refused.json["error"]["message"].endswith("The work is labelled 'health', because its project is 'ward-3'.")
    explained = json.loads(server.entente("policy", "explain", "cheap", "--project", "ward-3", "--json").stdout)
    assert explained["applied"] == ["health"]
    assert sweden.received == []


def test_the_record_has_the_label_and_the_log_the_rules(clinic):
    _, _, server = clinic
    response = server.chat(saying("a diagnosis"))
    settled(server, 1)
    receipt = server.get(f"/v1/receipts/{response.headers['x-request-id']}").json
    assert receipt["attempts"][0]["intent"]["record"]["decision"]["question"]["labels"] == ["health"]
    assert "national-id" not in json.dumps(receipt), "what is looked for is not disclosed to everybody"
    with sqlite3.connect(f"file:{server.state / 'entente.db'}?mode=ro", uri=True) as store:
        stated = store.execute("SELECT text FROM statements WHERE kind = 'labels'").fetchall()
    assert [one["label"] for one in json.loads(stated[-1][0])] == ["health", "health"]


def test_rules_change_with_a_reload_and_bad_ones_change_nothing(clinic):
    _, _, server = clinic
    text = server.config.read_text()
    server.configure(text.replace('"patient*"', '"patient*", "voltaire"').replace('"not-text"', '"nottext"'))
    checked = server.entente("config", "check", check=False)
    assert checked.returncode == 1 and 'did you mean "not-text"?' in checked.stdout + checked.stderr
    server.configure(text.replace('"patient*"', '"patient*", "candide"'))
    server.entente("config", "reload")
    eventually("the new word is known", lambda: where(server, "Who wrote Candide?") == "france")


def test_rules_are_tried_out_on_a_text(clinic, tmp_path):
    _, _, server = clinic
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,\nher diagnosis:\n\nNIR 2 55 08 14 168 025 38\n")
    told = server.entente("policy", "labels", letter).stdout
    assert "+  health: a French social security number (line 4), a listed word (line 2)" in told
    assert "255" not in told.replace(" ", "")
    both = json.loads(server.entente("policy", "labels", letter, "--project", "ward-1", "--json").stdout)
    assert [one["given"] for one in both] == [True, True]
    rules = server.entente("policy", "labels").stdout
    assert "projects ward-*" in rules and "za-id" in rules
    refused = server.entente("policy", "explain", "cheap", "--text", letter).stdout
    assert "sweden processes prompts in SE" in refused
    cases = tmp_path / "cases.toml"
    cases.write_text('[[cases]]\nname = "letters"\nmodel = "assistant"\ntext = "a diagnosis"\nallow = ["france"]\n'
                     '[[cases]]\nname = "novels"\nmodel = "assistant"\ntext = "Candide"\nallow = ["sweden", "france"]\n')  # fmt: skip
    assert "2 of 2 cases" in server.entente("policy", "test", cases).stdout


def numbers(seed: int) -> dict[str, list[str]]:
    """Random numbers of each kind's form, which python-stdnum, another library, then judges."""
    dice = random.Random(seed)
    digits = lambda count: "".join(dice.choices("0123456789", k=count))
    date = lambda: f"{dice.randrange(100):02}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}"
    letters = lambda count: "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=count))
    born = lambda: f"{dice.randrange(1, 29):02}{dice.randrange(1, 13):02}{dice.randrange(30, 99):02}"
    return {
        "be-nrn": [f"{dice.randrange(26):02}" + date()[2:] + digits(5) for _ in range(3000)],
        "ch-ahv": ["756" + digits(10) for _ in range(300)],
        "de-idnr": [str(dice.randrange(1, 10)) + digits(10) for _ in range(3000)],
        "es-dni": [digits(8) + dice.choice("TRWAGMYFPDXBNJZSQVHLCKE") for _ in range(300)],
        "fi-hetu": [born() + "-" + f"{dice.randrange(2, 900):03}" + dice.choice("0123456789ABCDEFHJKLMNPRSTUVWXY") for _ in range(1000)],
        "fr-nir": [dice.choice("12") + f"{dice.randrange(100):02}{dice.randrange(1, 13):02}{dice.randrange(1, 96):02}" + digits(8) for _ in range(3000)],
        "iban": ["DE" + digits(20) for _ in range(3000)],
        "it-cf": [letters(6) + digits(2) + dice.choice("ABCDEHLMPRST") + f"{dice.randrange(1, 29):02}" + letters(1) + digits(3) + letters(1)
                  for _ in range(1000)],
        "payment-card": ["4" + digits(15) for _ in range(300)],
        "pl-pesel": [date() + digits(5) for _ in range(300)],
        "ro-cnp": [dice.choice("1256") + date() + f"{dice.randrange(1, 47):02}" + digits(4) for _ in range(1000)],
        "se-pnr": [date() + "-" + digits(4) for _ in range(300)],
        "uk-nhs": [f"{digits(3)} {digits(3)} {digits(4)}" for _ in range(300)],
        "za-id": [date() + digits(4) + dice.choice("01") + digits(2) for _ in range(300)],
    }  # fmt: skip


JUDGES = {"iban": iban.is_valid, "payment-card": luhn.is_valid} | {
    name: get_cc_module(*where.split()).is_valid
    for name, where in {
        "be-nrn": "be nn", "ch-ahv": "ch ssn", "de-idnr": "de idnr", "es-dni": "es dni", "fi-hetu": "fi hetu", "fr-nir": "fr nir",
        "it-cf": "it codicefiscale", "pl-pesel": "pl pesel", "ro-cnp": "ro cnp", "se-pnr": "se personnummer", "uk-nhs": "gb nhs",
        "za-id": "za idnr",
    }.items()
}  # fmt: skip


@pytest.mark.parametrize("kind", JUDGES)
def test_numbers_are_told_apart_as_another_library_does(home, kind):
    home.configure(f'[[labels]]\nlabel = "l"\nfinds = ["{kind}"]\n')
    all_of_it = numbers(20261128)[kind]
    letter = home.folder / "numbers.txt"
    letter.write_text("\n".join(all_of_it))
    found = json.loads(home.entente("policy", "labels", letter, "--json").stdout)
    ours = {all_of_it[one["line"] - 1] for one in found[0]["finds"]}
    theirs = {number for number in all_of_it if JUDGES[kind](number)}
    assert len(theirs) > 8 and ours == theirs, (sorted(ours - theirs)[:5], sorted(theirs - ours)[:5])
