"""Models that only read: encoders that make vectors, and one that scores documents. Tiny ones of random weights; what they
compute is judged by Debian's llama-server with the same files."""

import math

import openai
import pytest
import tiny_model
from entente_server import MODEL, Home

TEXTS = ["the river flows", "a river", "zebras!", "the river flows", "x" * 300, "How is the river? It flows on and on."]
QUERY = "where does the river flow?"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return {"reader": tiny_model.write_reader(folder / "reader.gguf"),
            "ranker": tiny_model.write_reader(folder / "ranker.gguf", tiny_model.RANK),
            "first": tiny_model.write_reader(folder / "first.gguf", tiny_model.FIRST),
            "chats": tiny_model.write(folder / "chats.gguf")}  # fmt: skip


@pytest.fixture(scope="module")
def reading(tmp_path_factory, files):
    from entente_server import Server

    models = tmp_path_factory.mktemp("readers")
    home = Home(tmp_path_factory.mktemp("import"), models)
    for name, file in files.items():
        home.entente("models", "import", file, "--name", name)
    server = Server(tmp_path_factory.mktemp("server"), models)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def client(reading):
    with openai.OpenAI(base_url=reading.url + "/v1", api_key=reading.key, max_retries=0, timeout=60) as client:
        yield client


def vectors(client, texts, model="reader"):
    return [item.embedding for item in client.embeddings.create(model=model, input=texts, encoding_format="float").data]


def closeness(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def rerank(server, model, documents, path="/v1/rerank", **more):
    return server.ask("POST", path, {"model": model, "query": QUERY, "documents": documents, **more})


@pytest.mark.parametrize("model", ["reader", "first"])
def test_vectors_are_those_of_the_judge(client, files, judge, model):
    ours = vectors(client, TEXTS, model)
    assert all(abs(closeness(v, v) - 1) < 1e-3 for v in ours) and len(ours[0]) == tiny_model.WIDTH
    ask = judge(files[model], "--embeddings")
    theirs = [item["embedding"] for item in ask("/v1/embeddings", {"input": TEXTS, "model": "x"})["data"]]
    for text, a, b in zip(TEXTS, ours, theirs, strict=True):
        assert closeness(a, b) > 0.9999, text


def test_a_text_has_the_same_vector_alone_and_among_others(client):
    together = vectors(client, TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert closeness(vectors(client, [text])[0], vector) > 0.9999, text
    assert closeness(together[0], together[3]) > 0.9999 > closeness(together[0], together[2])
    shorter = client.embeddings.create(model="reader", input=TEXTS[0], dimensions=8, encoding_format="float").data[0].embedding
    assert len(shorter) == 8 and abs(closeness(shorter, shorter) - 1) < 1e-3


def test_a_text_that_no_step_holds_is_refused(client):
    assert len(vectors(client, ["y" * 509])) == 1  # and the two marks around it
    with pytest.raises(openai.BadRequestError) as refused:
        vectors(client, ["short", "y" * 510])
    assert refused.value.code == "context_length_exceeded"


def test_documents_are_scored_as_by_the_judge(reading, files, judge):
    response = rerank(reading, "ranker", TEXTS)
    assert response.status == 200, response.text
    assert set(response.json) == {"id", "object", "model", "results", "usage"} and response.json["usage"]["prompt_tokens"] > 100
    ours = {result["index"]: result["relevance_score"] for result in response.json["results"]}
    assert list(ours.values()) == sorted(ours.values(), reverse=True) and len(ours) == len(TEXTS)
    assert all(0 < score < 1 for score in ours.values()) and len(set(ours.values())) >= 4
    ask = judge(files["ranker"], "--rerank")
    theirs = ask("/v1/rerank", {"query": QUERY, "documents": TEXTS, "model": "x"})["results"]
    for result in theirs:  # it gives the number before the logistic function
        assert ours[result["index"]] == pytest.approx(1 / (1 + math.exp(-result["relevance_score"])), abs=1e-3)


def test_what_is_wanted_of_the_results(reading):
    best = rerank(reading, "ranker", [{"text": text} for text in TEXTS], top_n=2, return_documents=True, path="/v2/rerank")
    assert best.status == 200, best.text
    assert len(best.json["results"]) == 2
    assert all(result["document"] == {"text": TEXTS[result["index"]]} for result in best.json["results"])
    assert "document" not in rerank(reading, "ranker", TEXTS).json["results"][0]


def test_a_long_document_loses_its_end(reading):
    for model in ("ranker", "reader"):
        response = rerank(reading, model, ["z" * 400_000, "river"])
        assert response.status == 200, response.text
        same_beginning = rerank(reading, model, ["z" * 400_001, "river"])
        assert response.json["results"] == same_beginning.json["results"]
    too_long = reading.ask("POST", "/v1/rerank", {"model": "ranker", "query": "q" * 600, "documents": ["a"]})
    assert too_long.status == 400 and too_long.json["error"]["param"] == "query", too_long.text


def test_a_model_for_vectors_ranks_by_closeness(reading, client):
    query, *others = vectors(client, [QUERY, *TEXTS])
    results = rerank(reading, "reader", TEXTS).json["results"]
    for result in results:
        assert result["relevance_score"] == pytest.approx(closeness(query, others[result["index"]]), abs=1e-3)
    assert [result["relevance_score"] for result in results] == sorted((r["relevance_score"] for r in results), reverse=True)


@pytest.mark.parametrize("ask, hint", [
    (lambda s: s.chat({"model": "reader", "messages": [{"role": "user", "content": "Hi"}]}), "/v1/embeddings"),
    (lambda s: s.ask("POST", "/v1/completions", {"model": "ranker", "prompt": "Hi"}), "/v1/rerank"),
    (lambda s: s.ask("POST", "/v1/embeddings", {"model": "ranker", "input": "Hi"}), "/v1/rerank"),
    (lambda s: rerank(s, "chats", TEXTS), "reranking model"),
])  # fmt: skip
def test_what_a_model_cannot_do_is_said(reading, ask, hint):
    response = ask(reading)
    assert response.status == 400 and hint in response.json["error"]["message"], response.text
    assert response.json["error"]["param"] == "model"


def test_a_chat_model_still_makes_vectors(server):
    response = server.ask("POST", "/v1/embeddings", {"model": MODEL, "input": ["a", "b"]})
    assert response.status == 200 and len(response.json["data"]) == 2


def test_a_model_that_answers_gives_vectors_between_its_answers(client):
    said = lambda: client.chat.completions.create(model="chats", max_tokens=4, temperature=0,  # noqa: E731
                                                  messages=[{"role": "user", "content": "Hi"}]).choices[0].message.content  # fmt: skip
    vectors = lambda: [one.embedding for one in client.embeddings.create(model="chats", input=["One.", "Two words."]).data]  # noqa: E731
    answer, first = said(), vectors()
    assert said() == answer and len(first) == 2
    for ours, again in zip(first, vectors()):
        assert closeness(ours, again) > 0.999
