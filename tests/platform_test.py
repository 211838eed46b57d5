"""./dev on machines that lack something: one clear sentence each, before anything is changed. The machine is made of
small programs in front of the real ones on the PATH, and of the variables the parts of platform/ read."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Machine:
    """A host for the parts of platform/: what is replaced here, the rest is real."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.environment = {"PATH": f"{self.programs}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8",
                            "ENTENTE_CACHE": str(folder / "cache")}

    def program(self, name: str, script: str) -> None:
        file = self.programs / name
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def without(self, name: str) -> None:
        """A PATH on which everything but `name` is found."""
        elsewhere = self.folder / "others"
        elsewhere.mkdir()
        for folder in os.environ["PATH"].split(":"):
            for file in Path(folder).iterdir() if Path(folder).is_dir() else ():
                if file.name != name and not (elsewhere / file.name).is_symlink():
                    (elsewhere / file.name).symlink_to(file)
        self.environment["PATH"] = f"{self.programs}:{elsewhere}"

    def bash(self, script: str, **environment) -> subprocess.CompletedProcess:
        """Runs `script` with the parts of ./dev sourced, as ./dev sources them."""
        parts = f"""
            set -euo pipefail; shopt -s inherit_errexit
            clone={shlex.quote(str(ROOT))} command=build
            for part in say packages host root; do source "$clone/platform/$part.sh"; done
        """
        return subprocess.run(["bash", "-c", parts + script], env=self.environment | environment, capture_output=True,
                              text=True, timeout=60)

    def refusal(self, script: str, **environment) -> str:
        done = self.bash(script, **environment)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.startswith("dev: ") and done.stderr.count("\n") == 1, done.stderr
        return done.stderr


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def test_another_system_is_sent_to_the_container(machine):
    machine.program("uname", "[[ $1 == -s ]] && echo Darwin || echo arm64")
    assert "this is not Linux; use the container" in machine.refusal("require_root_host")


def test_another_processor_is_named(machine):
    machine.program("uname", "[[ $1 == -s ]] && echo Linux || echo aarch64")
    assert "x86_64 and this machine is aarch64" in machine.refusal("require_root_host")


def test_a_linux_without_apt_is_sent_to_the_container(machine):
    machine.without("apt-get")
    assert "not Debian-like (no apt-get); use the container" in machine.refusal("require_root_host")


def test_a_user_who_is_not_root_hears_of_sudo(machine):
    cache = machine.folder / "cache"
    machine.folder.chmod(0o755)
    script = f"""
        clone={shlex.quote(str(ROOT))} command=build
        for part in say packages host root; do source "$clone/platform/$part.sh"; done
        require_root_host"""
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script],
                          env=machine.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs root: run it with sudo, or use the container" in done.stderr
    assert not cache.exists()


def test_a_container_that_may_not_mount_is_told_so(machine):
    machine.program("unshare", "exit 1")
    assert "does not let root mount" in machine.refusal("require_root_host")


@pytest.mark.parametrize("cache", ["relative/cache", "/with space", "/with:colon", "/with,comma"])
def test_a_cache_path_that_an_overlay_cannot_take_is_refused(machine, cache):
    assert f"not '{cache}'" in machine.refusal("require_root_host", ENTENTE_CACHE=cache)


def test_too_little_room_is_said_before_anything_is_written(machine):
    machine.program("df", "echo Avail; echo 1200M")
    said = machine.refusal("require_room 2500")
    assert "2500 MB are needed" in said and "1200 MB are free" in said
    assert list((machine.folder / "cache").iterdir()) == []


def test_without_a_network_the_step_that_fails_is_named_with_its_last_words(machine):
    machine.without("mmdebstrap")
    machine.program("apt-get", "echo 'Temporary failure resolving deb.example.org' >&2; exit 100")
    done = machine.bash("require_root_maker")
    assert done.returncode == 1
    assert "Temporary failure resolving" in done.stderr
    assert "dev: mmdebstrap could not be installed; is there a network" in done.stderr


def test_a_root_that_cannot_be_made_leaves_nothing_that_looks_complete(machine):
    machine.program("mmdebstrap", "echo 'E: cannot reach the mirror' >&2; exit 1")
    machine.program("apt-get", "echo http://deb.example.org/debian/")
    machine.program("df", "echo Avail; echo 90000M")
    done = machine.bash("require_root_maker() { :; }; make_root build")
    assert done.returncode == 1
    assert "E: cannot reach the mirror" in done.stderr
    assert "dev: the Debian 14 root could not be made; is there a network?" in done.stderr
    names = [file.name for file in (machine.folder / "cache/roots").iterdir()]
    assert [name for name in names if re.fullmatch("build-[0-9a-f]+", name)] == []


def test_the_mirror_is_the_one_apt_uses_or_the_one_given(machine):
    machine.program("apt-get", "echo http://other.example.org/tools/; echo http://deb.example.org/debian/")
    assert machine.bash("debian_mirror").stdout == "http://deb.example.org/debian\n"
    assert machine.bash("debian_mirror", ENTENTE_MIRROR="http://near/debian").stdout == "http://near/debian\n"


def test_the_mirror_is_found_in_either_form_of_sources_where_apt_has_no_lists(machine):
    machine.program("apt-get", "exit 0")
    sources = machine.folder / "apt"
    (sources / "sources.list.d").mkdir(parents=True)
    ask = f"apt_folder={sources}; debian_mirror"
    assert "names no Debian mirror; name one: ENTENTE_MIRROR=" in machine.refusal(ask)
    newer, older = sources / "sources.list.d/debian.sources", sources / "sources.list"
    newer.write_text("Types: deb\nURIs: http://new.example.org/debian\nSuites: x\n")
    assert machine.bash(ask).stdout == "http://new.example.org/debian\n"
    older.write_text("# deb http://no/debian x\ndeb [signed-by=/k] http://old.example.org/debian/ x main\n")
    assert machine.bash(ask).stdout == "http://old.example.org/debian\n"


def test_on_debian_14_missing_packages_are_named_with_the_command_that_installs_them(machine):
    listed = machine.bash("packages_of_layer build").stdout.split()
    installed = [f"echo installed {name}" for name in listed if name not in ("mold", "cmake")]
    machine.program("dpkg-query", "\n".join(installed))
    said = machine.refusal("require_packages build")
    assert said.rstrip().endswith("sudo apt-get install --no-install-recommends cmake mold")
    machine.program("dpkg-query", "\n".join(f"echo installed {name}" for name in listed))
    assert machine.bash("require_packages build").returncode == 0


def test_a_changed_list_is_another_root(machine):
    ask = "layer_name build; layer_name test"
    build, test = machine.bash(ask).stdout.split()
    longer = "packages_of_layer() { packages_of run build; echo more; }; "
    more, test_of_more = machine.bash(longer + ask).stdout.split()
    assert build != more and test != test_of_more
    assert re.fullmatch("build-[0-9a-f]{12}", build) and re.fullmatch("test-[0-9a-f]{12}", test)


def test_every_command_of_the_help_exists_and_the_help_names_every_command():
    text = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    told = set(re.findall(r"^  \./dev (\w+)", text, re.M))
    commands = {file.name for file in (ROOT / "platform/commands").iterdir()}
    assert told == commands
    for name in told:
        assert os.access(ROOT / "platform/commands" / name, os.X_OK)


def test_an_unknown_command_is_refused_by_name():
    done = subprocess.run([ROOT / "dev", "biuld"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "dev: there is no command 'biuld'; ./dev help lists what there is.\n")


@pytest.mark.parametrize("command", ["clean", "fmt", "fuzz", "lint", "package", "soak", "test", "versions"])
def test_a_word_that_a_command_does_not_take_is_refused(command):
    done = subprocess.run([ROOT / "platform/commands" / command, "--nonsense"], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(rf"dev: \./dev {command} takes .*\n", done.stderr), done.stderr


def test_clean_leaves_alone_what_is_in_use(machine):
    roots = machine.folder / "cache/roots"
    roots.mkdir(parents=True)
    clone = machine.folder / "clone"
    clone.mkdir()
    subprocess.run(["cp", "-r", ROOT / "platform", clone / "platform"], check=True)
    held = subprocess.Popen(["flock", "--shared", roots, "sleep", "60"])
    try:
        while subprocess.run(["flock", "--exclusive", "--nonblock", roots, "true"]).returncode == 0:
            pass
        done = subprocess.run([clone / "platform/commands/clean", "--all"], env=machine.environment,
                              capture_output=True, text=True)
        assert done.returncode == 1 and f"a ./dev is running in {roots}" in done.stderr
        assert roots.is_dir()
    finally:
        held.kill()
        held.wait()


def test_clean_removes_what_was_built_and_only_all_removes_the_cache(machine):
    clone, cache = machine.folder / "clone", machine.folder / "cache"
    for folder in (clone / "build", clone / "dist", cache / "ccache", cache / "mine"):
        folder.mkdir(parents=True)
    subprocess.run(["cp", "-r", ROOT / "platform", clone / "platform"], check=True)
    clean = [clone / "platform/commands/clean"]
    subprocess.run(clean, env=machine.environment, check=True)
    assert not (clone / "build").exists() and not (clone / "dist").exists() and (cache / "ccache").exists()
    subprocess.run(clean + ["--all"], env=machine.environment, check=True)
    assert not (cache / "ccache").exists()
    assert (cache / "mine").exists(), "what ./dev did not make stays"


def test_a_step_says_nothing_when_it_is_quick_and_shows_its_words_when_it_fails(machine):
    quick = machine.bash("step Quick true")
    assert (quick.returncode, quick.stderr) == (0, "")
    failed = machine.bash("step Trying bash -c 'echo because; exit 7' || exit $?")
    assert failed.returncode == 7
    assert re.fullmatch(r"Trying: failed after \d+ s\. Its last words:\n    because\n", failed.stderr)
