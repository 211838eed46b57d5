"""The .deb and the container image, installed in clean Debian 14 roots and started there (./dev test --package)."""

import gzip
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import system_calls

ROOT = Path(__file__).resolve().parent.parent
ISOLATED = ROOT / "tests/isolated.py"

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]


def run(*command, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def in_root(root: Path, *command) -> str:
    return run("unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", root, "/usr/bin/env", "-i",
               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", *command)


class Server:
    """A started server and the way into its namespaces."""

    def __init__(self, root: Path, user: str, environment: dict, command: list[str], log: Path, calls="all"):
        self.root, self.user, self.log = root, user, log
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", sys.executable, ISOLATED,
             root, user, calls, *(f"{name}={value}" for name, value in environment.items()), "--", *command],
            stdout=log.open("w"), stderr=subprocess.STDOUT)

    def pid(self) -> str:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0]

    def inside(self, *command) -> subprocess.CompletedProcess:
        """Runs a program of the server's root beside the server."""
        spaces = ("--net", "--mount", "--pid", "--root", "--wd")
        return subprocess.run(["nsenter", f"--target={self.pid()}", *spaces, *command], capture_output=True, text=True)

    def curl(self, path: str, *options) -> str:
        return subprocess.run(
            ["nsenter", f"--target={self.pid()}", "--net", "curl", "--silent", "--show-error", "--fail-with-body",
             "--max-time", "60", *options, f"http://127.0.0.1:8080{path}"],
            capture_output=True, text=True, check=True).stdout

    def wait_until_it_lives(self) -> None:
        while self.process.poll() is None:
            try:
                self.curl("/health/live")
                return
            except (subprocess.CalledProcessError, IndexError, FileNotFoundError):
                time.sleep(0.1)
        pytest.fail(f"the server ended: {self.log.read_text()}")


@contextmanager
def server(*arguments, **options):
    started = Server(*arguments, **options)
    try:
        started.wait_until_it_lives()
        yield started
        os.kill(int(started.pid()), signal.SIGTERM)
        assert started.process.wait(timeout=60) == 0, started.log.read_text()
    finally:
        started.process.kill()
        started.process.wait()


@pytest.fixture(scope="session")
def dist() -> Path:
    run(ROOT / "platform/commands/package", cwd=ROOT)
    return ROOT / "dist"


@pytest.fixture(scope="session")
def deb(dist) -> Path:
    return max(dist.glob("entente_*.deb"), key=lambda file: file.stat().st_mtime)


@pytest.fixture(scope="session")
def installed(deb, tmp_path_factory) -> Path:
    """A clean root in which apt has installed the package and found all it needs."""
    root = tmp_path_factory.mktemp("installed") / "root"
    run("bash", "-c", """
        source platform/environment.sh
        for part in packages host root image/image; do source platform/$part.sh; done
        debian_root minbase "$1" --customize-hook="copy-in '$2' /tmp" \
          --customize-hook='chroot "$1" apt-get -y install /tmp/'"${2##*/}" >&2
        """, "bash", root, deb, cwd=ROOT)
    return root


@pytest.fixture(scope="session")
def unit(installed) -> dict[str, list[str]]:
    """The unit's settings; one may come on several lines."""
    settings = {}
    for line in (installed / "usr/lib/systemd/system/entente.service").read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            settings.setdefault(name, []).append(value)
    return settings


def test_the_package_is_installed_whole(installed):
    assert in_root(installed, "dpkg", "--audit") == ""
    assert in_root(installed, "dpkg", "--verify", "entente") == ""
    assert "/etc/entente/entente.toml" in in_root(installed, "dpkg-query", "-W", "-f", "${Conffiles}", "entente")
    state = installed / "var/lib/entente"
    assert in_root(installed, "stat", "-c", "%U:%G %a", "/var/lib/entente").strip() == "entente:entente 750"
    assert not list(state.iterdir()), "nothing is started while a root is made"
    assert (installed / "etc/systemd/system/multi-user.target.wants/entente.service").is_symlink()


def test_the_program_runs_and_its_configuration_is_good(installed):
    assert "entente" in in_root(installed, "entente", "version")
    assert "/etc/entente/entente.toml" in in_root(installed, "entente", "config", "check")


def test_the_program_is_stripped_and_the_symbols_lie_beside(dist, installed):
    assert "stripped" in run("file", installed / "usr/bin/entente")
    assert "not stripped" not in run("file", installed / "usr/bin/entente")
    symbols = max(dist.glob("entente-dbgsym_*.deb"), key=lambda file: file.stat().st_mtime)
    build_id = run("file", installed / "usr/bin/entente").split("BuildID[sha1]=")[1].split(",")[0]
    assert f".build-id/{build_id[:2]}/{build_id[2:]}.debug" in run("dpkg-deb", "--contents", symbols)


def test_the_verifier_for_programs_of_others_is_there(installed):
    header = "entente_verify.hpp"
    assert (installed / "usr/include/entente" / header).read_text() == (ROOT / "src/verifier" / header).read_text()


def test_shells_complete_and_the_manual_names_every_command(installed):
    for shell, file in (("bash", "bash-completion/completions/entente"), ("zsh", "zsh/vendor-completions/_entente"),
                        ("fish", "fish/vendor_completions.d/entente.fish")):
        text = (installed / "usr/share" / file).read_text()
        assert text == in_root(installed, "entente", "completion", shell) and "serve" in text
    manual = gzip.decompress((installed / "usr/share/man/man1/entente.1.gz").read_bytes()).decode()
    listed = in_root(installed, "entente", "--help").split("SUBCOMMANDS:")[1]
    commands = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert len(commands) > 5
    unnamed = [name for name in commands
               if not any(form in manual for form in (f".B {name}\n", f".BI {name} ", f'.BI "{name} '))]
    assert unnamed == []


def test_the_unit_verifies_and_is_closed(installed):
    assert run("systemd-analyze", "verify", "--man=no", f"--root={installed}", "entente.service") == ""
    # Exposure from 0 (all closed) to 10; the threshold is in tenths.
    run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", f"--root={installed}",
        "entente.service")


def test_the_service_starts_as_its_unit_says_and_answers_with_a_model(installed, unit, tmp_path):
    model = Path(os.environ["ENTENTE_TEST_MODEL"])
    (installed / "tmp/model.gguf").write_bytes(model.read_bytes())
    (user,), (group,), (start,), (reload,) = unit["User"], unit["Group"], unit["ExecStart"], unit["ExecReload"]
    as_user = ("setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--no-new-privs")
    in_root(installed, *as_user, "entente", "models", "import", "/tmp/model.gguf", "--name", "small")
    made = json.loads(in_root(installed, *as_user, "entente", "--json", "keys", "create", "test"))
    key = next(value for value in made.values() if isinstance(value, str) and value.startswith("ent"))
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/var/lib/entente", "LANG": "C.UTF-8"}
    calls = ",".join(str(number) for number in system_calls.allowed(unit["SystemCallFilter"]))
    assert unit["MemoryDenyWriteExecute"] == ["yes"], "isolated.py does that too"
    with server(installed, user, environment, shlex.split(start), tmp_path / "log", calls=calls) as running:
        question = {"model": "small", "max_tokens": 4, "messages": [{"role": "user", "content": "Say hello."}]}
        answer = json.loads(running.curl("/v1/chat/completions", "--header", f"Authorization: Bearer {key}", "--header",
                                         "Content-Type: application/json", "--data", json.dumps(question)))
        assert answer["choices"][0]["message"]["content"]
        assert answer["usage"]["completion_tokens"] <= 4
        reloaded = running.inside(*as_user, *shlex.split(reload))
        assert reloaded.returncode == 0, reloaded.stdout + reloaded.stderr
        while "was read again" not in (tmp_path / "log").read_text():
            time.sleep(0.1)


def test_a_purge_leaves_nothing(installed):  # the last of this root's tests
    in_root(installed, "dpkg", "--remove", "entente")
    assert (installed / "var/lib/entente").exists() and (installed / "etc/entente/entente.toml").exists()
    in_root(installed, "dpkg", "--purge", "entente")
    left = run("find", installed, "-xdev", "-iname", "*entente*", "-not", "-path", "*/var/cache/apt/*")
    assert left == ""
    for file in ("etc/passwd", "etc/group", "etc/shadow"):
        assert "entente" not in (installed / file).read_text()
    assert in_root(installed, "dpkg", "--audit") == ""


@pytest.fixture(scope="session")
def image(dist, tmp_path_factory) -> Path:
    """The image archive, unpacked."""
    folder = tmp_path_factory.mktemp("image")
    with tarfile.open(max(dist.glob("entente-*-image.tar"), key=lambda file: file.stat().st_mtime)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def blob(image: Path, descriptor: dict) -> bytes:
    content = (image / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
    assert len(content) == descriptor["size"]
    assert "sha256:" + hashlib.sha256(content).hexdigest() == descriptor["digest"]
    return content


@pytest.fixture(scope="session")
def manifest(image) -> dict:
    assert json.loads((image / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    (only,) = json.loads((image / "index.json").read_text())["manifests"]
    return json.loads(blob(image, only))


@pytest.fixture(scope="session")
def configuration(image, manifest) -> dict:
    return json.loads(blob(image, manifest["config"]))


def test_the_image_is_what_its_digests_say(image, manifest, configuration):
    (layer,) = manifest["layers"]
    packed = blob(image, layer)
    assert configuration["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(gzip.decompress(packed)).hexdigest()]
    (docker,) = json.loads((image / "manifest.json").read_text())
    assert docker["Config"] == "blobs/" + manifest["config"]["digest"].replace(":", "/")
    assert docker["Layers"] == ["blobs/" + layer["digest"].replace(":", "/")]


def test_the_image_says_how_it_is_run(configuration):
    config = configuration["config"]
    assert config["User"] not in ("", "root", "0")
    assert config["Entrypoint"] + config["Cmd"] == ["/usr/bin/entente", "serve"]
    assert list(config["ExposedPorts"]) == ["8080/tcp"]
    assert list(config["Volumes"]) == ["/var/lib/entente"]


def test_the_images_root_starts_the_server_and_finds_it_healthy(image, manifest, configuration, tmp_path):
    root, config = tmp_path / "root", configuration["config"]
    root.mkdir()
    layer = image / "blobs" / manifest["layers"][0]["digest"].replace(":", "/")
    run("tar", "--extract", "--numeric-owner", "--xattrs", "--file", layer, "--directory", root)
    environment = dict(pair.split("=", 1) for pair in config["Env"])
    with server(root, config["User"], environment, config["Entrypoint"] + config["Cmd"], tmp_path / "log") as running:
        test = config["Healthcheck"]["Test"]
        assert test[0] == "CMD"
        assert running.inside(*test[1:]).returncode == 0
        wrong = test[:-1] + [test[-1].replace("/health/live", "/nothing")]
        assert running.inside(*wrong[1:]).returncode != 0


def test_the_same_sources_give_the_same_package(deb, tmp_path):
    before = hashlib.sha256(deb.read_bytes()).hexdigest()
    time.sleep(1)  # dates have seconds
    run(ROOT / "platform/commands/package", "--deb", cwd=ROOT)
    assert hashlib.sha256(deb.read_bytes()).hexdigest() == before
