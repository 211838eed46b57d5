"""Twenty streams at once in five dialects, through one server: each client gets its own words, all of them, and nobody
else's."""

import json
import re
import threading

import anthropic
import ollama
import openai
import pytest
from entente_server import MODEL
from makers import deployment, model, provider
from mock import Plan

STREAMS, WORDS = 20, 40


def words_of(number: int) -> list[str]:
    return [f"w{number}-{i} " for i in range(WORDS)]


def echoing(request) -> Plan:
    """Answers with the words of the number that the question names, a few milliseconds apart."""
    asked = json.dumps(json.loads(request.body)["messages"][-1])
    return Plan(pieces=tuple(words_of(int(re.search(r"number (\d+)", asked)[1]))), between=0.004)


def chat(server, name, text, **more):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60)
    stream = client.chat.completions.create(model=name, messages=[{"role": "user", "content": text}], stream=True, **more)
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def azure(server, name, text, **more):
    client = openai.AzureOpenAI(azure_endpoint=server.url, api_key=server.key, api_version="2024-10-21", max_retries=0, timeout=60)
    stream = client.chat.completions.create(model=name, messages=[{"role": "user", "content": text}], stream=True, **more)
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def responses(server, name, text, max_tokens=None, temperature=None):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60)
    more = {"max_output_tokens": max_tokens, "temperature": temperature} if max_tokens else {}
    with client.responses.stream(model=name, input=text, **more) as stream:
        events = list(stream)
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[-1].response.output_text == said
    return said


def messages(server, name, text, max_tokens=1000, temperature=None):
    client = anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=60)
    more = {} if temperature is None else {"extra_body": {"temperature": temperature}}
    with client.messages.stream(model=name, max_tokens=max_tokens, messages=[{"role": "user", "content": text}], **more) as stream:
        return "".join(stream.text_stream)


def ollama_chat(server, name, text, max_tokens=None, temperature=None):
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    options = {"num_predict": max_tokens, "temperature": temperature} if max_tokens else {}
    parts = client.chat(name, [{"role": "user", "content": text}], stream=True, options=options)
    return "".join(part.message.content for part in parts)


DIALECTS = [chat, azure, responses, messages, ollama_chat]


def at_once(ask, count=STREAMS) -> dict[int, object]:
    said: dict[int, object] = {}

    def one(number):
        try:
            said[number] = ask(number)
        except Exception as error:
            said[number] = error

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    return said


@pytest.mark.parametrize("fragment", [0, 7])
def test_streams_through_to_another_maker(mocks, start_server, fragment):
    import dataclasses

    mock = mocks()
    mock.choose = lambda request: dataclasses.replace(echoing(request), fragment=fragment)
    server = start_server(provider("p", mock) + deployment("d", "p") + model("assistant", "d"), with_model=False)
    said = at_once(lambda n: DIALECTS[n % len(DIALECTS)](server, "assistant", f"Say the words of number {n}."))
    assert said == {n: "".join(words_of(n)) for n in range(STREAMS)}


def test_streams_of_a_model_of_this_machine(server):
    """Each says what it says alone, at least as far as no close choice of words parts them."""
    texts = ["a river", "a king", "the sea", "bread"]

    def ask(n, dialect):
        return dialect(server, MODEL, f"Tell me a story about {texts[n % 4]}.", max_tokens=16, temperature=0)

    alone = [ask(n, chat) for n in range(4)]
    assert len(set(alone)) == 4
    said = at_once(lambda n: ask(n, DIALECTS[n % len(DIALECTS)]))
    for n, text in said.items():
        assert isinstance(text, str) and text[:12] == alone[n % 4][:12], (n, text, alone[n % 4])
