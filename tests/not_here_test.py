"""What no deployment here can do, asked for with OpenAI's own SDK: an error that names what is missing."""

import openai
import pytest
from entente_server import MODEL

WAV = ("a.wav", b"RIFF")
PNG = ("a.png", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("ask, what", [
    (lambda c: c.moderations.create(input="x"), "moderations"),
    (lambda c: c.images.generate(prompt="x"), "images"),
    (lambda c: c.images.edit(image=PNG, prompt="x"), "Changing images"),
    (lambda c: c.images.create_variation(image=PNG, model=MODEL), "Varying images"),
    (lambda c: c.images.generate(prompt="x", model=MODEL), "images"),
    (lambda c: c.audio.speech.create(input="x", model="m", voice="alloy"), "Speech"),
    (lambda c: c.audio.transcriptions.create(file=WAV, model="m"), "Speech"),
    (lambda c: c.audio.translations.create(file=WAV, model="m"), "Speech"),
])  # fmt: skip
def test_what_is_missing_is_said(server, ask, what):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client)
        assert refused.value.code == "no_deployment_for_this" and what in refused.value.message
        assert f"{MODEL} (local)" in refused.value.message, "which deployments were looked at"
    assert server.ask("POST", "/v1/moderations", {"input": "x"}, key=None).status == 401
