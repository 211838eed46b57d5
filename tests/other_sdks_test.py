"""Other makers' SDKs and frameworks that speak OpenAI's dialect, each with what it adds to it."""

import pytest
from entente_server import MODEL
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from mistralai.client import Mistral
from mistralai.client.errors import SDKError
from pydantic import BaseModel

STORY = "Tell me a long story about a river."


class Report(BaseModel):
    mood: bool
    count: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


@pytest.fixture(scope="module")
def chain(server):
    return ChatOpenAI(base_url=server.url + "/v1", api_key=server.key, model=MODEL, temperature=0, max_tokens=60, max_retries=0)


def test_langchain_asks_streams_and_counts(chain):
    whole = chain.invoke([HumanMessage(STORY)])
    assert whole.content and whole.usage_metadata["output_tokens"] > 0
    assert "".join(chunk.content for chunk in chain.stream(STORY)) == whole.content


def test_langchain_calls_tools_and_keeps_to_schemas(chain):
    (call,) = chain.bind_tools([get_weather], tool_choice="any", parallel_tool_calls=False).invoke("The weather in Paris?").tool_calls
    assert call["name"] == "get_weather" and isinstance(call["args"]["city"], str)
    assert isinstance(chain.with_structured_output(Report).invoke("Report."), Report)


def test_langchain_speaks_responses_too(server):
    chain = ChatOpenAI(
        base_url=server.url + "/v1", api_key=server.key, model=MODEL, temperature=0, max_tokens=20, use_responses_api=True
    )
    assert chain.invoke(STORY).text


def test_langchain_embeds_tokens_of_its_own_making(server):
    embeddings = OpenAIEmbeddings(
        base_url=server.url + "/v1", api_key=server.key, model=MODEL, check_embedding_ctx_length=False
    )
    assert len(embeddings.embed_documents(["One.", "Two."])) == 2


@pytest.fixture(scope="module")
def mistral(server):
    with Mistral(server_url=server.url, api_key=server.key) as client:
        yield client


def test_mistrals_sdk_asks_and_streams(mistral):
    asked = {"model": MODEL, "messages": [{"role": "user", "content": STORY}], "temperature": 0, "max_tokens": 16}
    whole = mistral.chat.complete(**asked, random_seed=3)
    assert whole.choices[0].message.content and whole.usage.completion_tokens == 16
    text = "".join(event.data.choices[0].delta.content or "" for event in mistral.chat.stream(**asked))
    assert text == whole.choices[0].message.content
    assert [model.id for model in mistral.models.list().data] == [MODEL]


def test_mistrals_sdk_is_told_what_is_not_done(mistral):
    asked = {"model": MODEL, "messages": [{"role": "user", "content": STORY}], "temperature": 0, "max_tokens": 4}
    harmless = {"safe_prompt": False, "guardrails": [], "min_tokens": 0, "prompt_logprobs": False, "metadata": {"a": "b"}}
    assert mistral.chat.complete(**asked, **harmless).choices[0].message.content
    for what, value in {"safe_prompt": True, "prompt_mode": "reasoning", "min_tokens": 9, "prompt_logprobs": True,
                        "top_prompt_logprobs": 2, "guardrails": [{"block_on_error": True}]}.items():  # fmt: skip
        with pytest.raises(SDKError) as refused:
            mistral.chat.complete(**asked, **{what: value})
        assert refused.value.status_code == 400 and f"'{what}' is not supported" in refused.value.body


def test_mistrals_sdk_cuts_vectors(mistral):
    ask = mistral.embeddings.create
    (vector,) = ask(model=MODEL, inputs=["One."], output_dimension=8, output_dtype="float", metadata={"a": "b"}).data
    assert len(vector.embedding) == 8
    with pytest.raises(SDKError) as refused:
        ask(model=MODEL, inputs=["One."], output_dtype="int8")
    assert refused.value.status_code == 400 and "'output_dtype' must be float" in refused.value.body


def test_mistrals_sdk_calls_tools_and_embeds(mistral):
    function = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}}
    answer = mistral.chat.complete(
        model=MODEL,
        messages=[{"role": "user", "content": "Call f."}],
        tools=[{"type": "function", "function": function}],
        tool_choice="any",
        parallel_tool_calls=False,
        max_tokens=60,
    )
    assert answer.choices[0].message.tool_calls[0].function.name == "f"
    assert len(mistral.embeddings.create(model=MODEL, inputs=["One.", "Two."]).data) == 2
