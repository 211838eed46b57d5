"""Gaps of texts, filled by models of this machine that were made for it: a tiny one of random weights with marks for gaps,
judged by Debian's llama-server with the same file, through OpenAI's library and Ollama's."""

import ollama
import openai
import pytest
import tiny_model
from entente_server import Home
from vision_test import readable

BEFORE, AFTER = "def add(a, b):\n    return ", "\n\nprint(add(1, 2))\n"
SIZE = 12


@pytest.fixture(params=[False, True], ids=["bare", "with a begin"])
def filling(request, start_server, tmp_path):
    """A model that fills gaps, and a server that has it; one whose texts begin with a mark, and one whose do not."""
    models = tmp_path / "models"
    file = tiny_model.write(tmp_path / "gaps.gguf", gaps=True, begins=request.param)
    home = Home(tmp_path / "import", models)
    home.entente("models", "import", file, "--name", "gaps")
    home.entente("models", "import", tiny_model.write(tmp_path / "plain.gguf", 1024), "--name", "plain")
    return file, start_server(models_folder=models)


def test_a_gap_is_filled_as_the_peer_fills_it(filling, judge):
    file, server = filling
    theirs = judge(file)("/infill", {"input_prefix": BEFORE, "input_suffix": AFTER, "n_predict": SIZE, "temperature": 0})
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        def fill(**more):
            return client.completions.create(**{"model": "gaps", "prompt": BEFORE, "max_tokens": SIZE, "temperature": 0, **more})

        whole = fill(suffix=AFTER)
        assert whole.usage.prompt_tokens == theirs["tokens_evaluated"]
        assert readable(whole.choices[0].text) == readable(theirs["content"])
        assert "".join(chunk.choices[0].text for chunk in fill(suffix=AFTER, stream=True)) == whole.choices[0].text
        assert fill().choices[0].text != whole.choices[0].text, "what stands behind counts"
        assert fill(suffix="<|fim_middle|>").usage.prompt_tokens > whole.usage.prompt_tokens - len(AFTER) + 10, "no mark can be written"
        with pytest.raises(openai.BadRequestError) as refused:
            fill(model="plain", suffix=AFTER)
        assert refused.value.param == "suffix" and "trained to fill gaps" in refused.value.message
    sdk = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"})
    options = {"temperature": 0, "num_predict": SIZE}
    told = sdk.generate("gaps", BEFORE, suffix=AFTER, options=options)
    assert (told.response, told.prompt_eval_count) == (whole.choices[0].text, whole.usage.prompt_tokens)
    parts = list(sdk.generate("gaps", BEFORE, suffix=AFTER, options=options, stream=True))
    assert "".join(part.response for part in parts) == told.response and parts[-1].done
    with pytest.raises(ollama.ResponseError) as refused:
        sdk.generate("plain", BEFORE, suffix=AFTER, options=options)
    assert refused.value.status_code == 400 and "trained to fill gaps" in refused.value.error
