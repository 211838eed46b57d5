"""lm-eval, the evaluation harness, as its users run it against a server: `local-completions`, with a task that is scored
by log-probabilities and one that is generated."""

import json
import os
import subprocess
import sys

from entente_server import MODEL

CHOICES = {
    "task": "tiny_choices",
    "dataset_path": "json",
    "test_split": "test",
    "output_type": "multiple_choice",
    "doc_to_text": "{{question}}",
    "doc_to_choice": "{{choices}}",
    "doc_to_target": "{{answer}}",
    "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
}
WORDS = {
    "task": "tiny_words",
    "dataset_path": "json",
    "test_split": "test",
    "output_type": "generate_until",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{choices[answer]}}",
    "generation_kwargs": {"until": ["\n", "."], "max_gen_toks": 12},
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
}
DOCUMENTS = [
    {"question": "The capital of France is", "choices": [" Paris", " banana"], "answer": 0},
    {"question": "Two plus two is", "choices": [" purple", " four"], "answer": 1},
    {"question": "The sky is", "choices": [" blue", " sideways quickly"], "answer": 0},
    {"question": "Fish live in the", "choices": [" parliament", " water"], "answer": 1},
]


def test_tasks_are_scored_and_generated(server, tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(document) + "\n" for document in DOCUMENTS))
    for task in (CHOICES, WORDS):
        files = {"dataset_kwargs": {"data_files": {"test": str(data)}}}
        (tmp_path / f"{task['task']}.yaml").write_text(json.dumps(task | files))  # JSON is YAML
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lm_eval", "run", "--model", "local-completions"),
            *("--model_args", f"model={MODEL},base_url={server.url}/v1/completions,num_concurrent=2,max_retries=1,"
                              "tokenizer_backend=remote,auth_token=" + server.key),
            *("--tasks", "tiny_choices,tiny_words", "--include_path", str(tmp_path), "--batch_size", "2"),
            *("--output_path", str(tmp_path / "out"), "--log_samples"),
        ],
        env=os.environ
        | {
            "HF_HOME": str(tmp_path / "hub"),
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "OPENAI_API_KEY": server.key,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (results,) = (tmp_path / "out").rglob("results_*.json")
    scores = json.loads(results.read_text())["results"]
    assert scores["tiny_choices"]["acc,none"] == 1, scores
    assert "exact_match,none" in scores["tiny_words"]
    (samples,) = (tmp_path / "out").rglob("samples_tiny_words*.jsonl")
    for line in samples.read_text().splitlines():
        assert json.loads(line)["resps"][0][0].strip()
