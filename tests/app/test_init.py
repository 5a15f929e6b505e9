"""Init: what it writes, what it leaves alone, and that the result is a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.app import Project, deploy
from ccdeploy.errors import Refused, UsageFault
from ccdeploy.project import writing
from ccdeploy.project.starter import hosts_text
from ccdeploy.project.wish import Wish
from ccdeploy.sandbox.lifecycle import down, up
from ccdeploy.settings import Host, load_settings
from tests.app.beginning import begin, contents, found_by_check
from tests.docs.faces import fault_of
from tests.docs.reading import CommandLine
from tests.sandbox.conftest import QUICK

HOSTS = "configs/hosts.yaml"
FILES = {
    HOSTS, "configs/litellm/gateway.yaml", "configs/models.yaml", "tasks.py", "fabfile.py", ".gitignore",
    "configs/schema/hosts.schema.json", "configs/schema/models.schema.json",
}  # fmt: skip
STUDIO = {"address": "ada@studio.example.com", "root": "~/gateway", "url": "https://coder.example.com/"}


@pytest.mark.parametrize("answers", [{}, {"address": "studio.example.com"}, STUDIO, {"address": "::1", "name": "on"}])
def test_what_is_written_is_a_project_that_check_has_nothing_against(tmp_path: Path, answers: dict[str, str]) -> None:
    """The first command that a new user types must not answer with faults that are ours."""
    begun = begin(tmp_path, **answers)
    assert set(begun.written) == set(contents(tmp_path)) == FILES
    assert found_by_check(tmp_path) == begun.findings == ()


def test_what_was_said_of_the_host_is_in_the_settings(tmp_path: Path) -> None:
    """Each answer has its place; the user of ada@studio is one of them."""
    assert begin(tmp_path, **STUDIO, ollama="http://127.0.0.1:9").host == "studio"
    settings = load_settings((tmp_path / HOSTS).read_bytes(), "h")
    host = settings.host()
    assert isinstance(host, Host)
    assert (host.name, host.ssh.address, host.ssh.user) == ("studio", "studio.example.com", "ada")
    assert (host.root, host.config) == ("~/gateway", "gateway")
    assert host.traefik is not None
    assert host.traefik.url == "https://coder.example.com"
    assert host.ollama is not None
    assert host.ollama.url == "http://127.0.0.1:9"
    assert set(settings.hosts) == {"studio", "sandbox"}


def test_without_an_address_the_sandbox_is_the_host_and_an_example_is_at_hand(tmp_path: Path) -> None:
    """Who only wants to try it has no host yet; later, removing the marks is all there is to do."""
    assert begin(tmp_path).host is None
    assert list(load_settings((tmp_path / HOSTS).read_bytes(), "h").hosts) == ["sandbox"]
    before, mark, after = hosts_text(Wish()).partition("  # studio:\n")
    example, end, rest = after.partition("\n\n")
    unmarked = "\n".join(line.replace("  #", " ", 1) for line in example.splitlines())
    text = before + mark.replace("# ", "") + unmarked + end + rest
    assert set(load_settings(text, "h").hosts) == {"sandbox", "studio"}


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    """It can be typed without fear, and says that all is there."""
    begin(tmp_path, **STUDIO)
    before = contents(tmp_path)
    again = begin(tmp_path, **STUDIO)
    assert (again.written, again.renewed, set(again.kept), again.exit_code) == ((), (), FILES - again_without(), 0)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("address", ["[2001:db8::1]", "ada@[2001:db8::1]", "2001:db8::1"])
def test_an_ipv6_address_is_the_same_however_it_is_written(tmp_path: Path, address: str) -> None:
    """In brackets, as it stands in a URL, it was said to be another host the second time."""
    begin(tmp_path, address=address)
    settings = load_settings((tmp_path / HOSTS).read_bytes(), "h")
    assert isinstance(host := settings.host(), Host)
    assert host.ssh.address == "2001:db8::1"
    assert begin(tmp_path, address=address).written == ()


def again_without() -> set[str]:
    """Files that a second `init` does not speak of: the user's configs are the user's."""
    return {"configs/litellm/gateway.yaml"}


def test_files_that_are_there_stay_and_the_others_are_written(tmp_path: Path) -> None:
    """A folder with a config and a README is where most people begin."""
    (tmp_path / "configs" / "litellm").mkdir(parents=True)
    (tmp_path / "configs" / "litellm" / "mine.yaml").write_text("model_list: []\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    begun = begin(tmp_path, **STUDIO)
    assert begun.kept == (".gitignore",)
    assert set(begun.written) == FILES - {".gitignore", "configs/litellm/gateway.yaml"}
    assert (tmp_path / ".gitignore").read_text() == "*.log\n"
    assert [finding.code for finding in begun.findings] == ["not-ignored"]


def test_a_config_that_is_there_is_the_one_of_the_host(tmp_path: Path) -> None:
    """A host whose `config:` names no file could not be deployed to."""
    (tmp_path / "configs" / "litellm").mkdir(parents=True)
    (tmp_path / "configs" / "litellm" / "mine.yaml").write_text("model_list: []\n")
    begin(tmp_path, **STUDIO)
    host = load_settings((tmp_path / HOSTS).read_bytes(), "h").host("studio")
    assert isinstance(host, Host)
    assert host.config == "mine"


def test_the_config_is_called_as_a_host_that_is_there_names_it(tmp_path: Path) -> None:
    """Settings that somebody wrote first, and nothing beside them yet."""
    (tmp_path / "configs").mkdir()
    (tmp_path / HOSTS).write_text("hosts: {den: {ssh: {address: den.example.com}, config: two-model}}\n")
    assert "configs/litellm/two-model.yaml" in begin(tmp_path).written
    assert found_by_check(tmp_path) == ()


@pytest.mark.parametrize("answers", [{}, STUDIO])
def test_the_commands_that_come_next_are_ones_that_the_tool_takes(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are typed as they stand, by somebody who knows nothing else yet."""
    words = [tuple(step.command.split()) for step in begin(tmp_path, **answers).next]
    lines = [CommandLine("init", face, tuple(rest)) for face, *rest in words if face == "ccdeploy"]
    assert len(lines) >= 2
    assert [fault_of(line, monkeypatch, capsys) for line in lines] == [None] * len(lines)
    files = [tmp_path / word for face, *rest in words if face == "$EDITOR" for word in rest]
    assert files
    assert all(file.is_file() for file in files)


def test_a_link_that_leads_nowhere_is_somebodys_too(tmp_path: Path) -> None:
    """Writing through it would make a file in a place that nobody named."""
    (tmp_path / ".gitignore").symlink_to(tmp_path / "elsewhere" / "ignored")
    assert ".gitignore" in begin(tmp_path).kept
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"address": "other.example.com"}, "no host has the address 'other.example.com'"),
        ({"address": "studio.example.com", "name": "den"}, "no host is called 'den'"),
        ({"address": "other.example.com", "name": "studio"}, "address is studio.example.com, not other.example.com"),
        ({"address": "bob@studio.example.com"}, "hosts.studio.ssh.user is ada, not bob"),
        ({"address": "studio.example.com", "root": "/srv"}, "hosts.studio.root is ~/gateway, not /srv"),
        ({"address": "studio.example.com", "url": "https://x.example.com"}, "url is https://coder.example.com, not"),
    ],
)  # fmt: skip
def test_a_folder_that_says_otherwise_is_not_touched(tmp_path: Path, answers: dict[str, str], says: str) -> None:
    """Half of one project and half of another would be deployed somewhere."""
    (tmp_path / "configs").mkdir()
    (tmp_path / HOSTS).write_text(hosts_text(Wish.of(STUDIO)))
    before = contents(tmp_path)
    with pytest.raises(Refused, match="nothing was written") as caught:
        begin(tmp_path, **answers)
    assert says in caught.value.message
    assert contents(tmp_path) == before


def test_a_folder_with_faulty_settings_is_not_touched(tmp_path: Path) -> None:
    """What the project is about cannot be known; its faults are shown instead."""
    (tmp_path / "configs").mkdir()
    (tmp_path / HOSTS).write_text("hosts: {studio: {}}\n")
    with pytest.raises(Refused) as caught:
        begin(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["settings-missing"]
    assert set(contents(tmp_path)) == {HOSTS}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"address": "a b"}, "--address: 'a b' is no host name or address"),
        ({"address": "a b@studio"}, "--address: 'a b' is no user name"),
        ({"address": "x", "name": "sandbox"}, "--name: 'sandbox' is the embedded host"),
        ({"address": "x", "name": "a/b"}, "--name: 'a/b' is no host name"),
        ({"address": "x", "user": "a b"}, "--user: 'a b' is no user name"),
        ({"address": "x", "root": "ccproxy"}, "--root: 'ccproxy' is no folder to count on"),
        ({"address": "x", "url": "coder"}, "--url: 'coder' is no URL"),
        ({"address": "x", "ollama": "http://u:p@x"}, "--ollama: a URL with a password"),
        ({"address": "x\x1b"}, "--address: holds a control character"),
        ({"user": "ada"}, "--user is about a host; give its --address too"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, answers: dict[str, str], says: str
) -> None:
    """In the words that `check` would have for it."""
    with pytest.raises(UsageFault) as caught:
        begin(tmp_path, **answers)
    assert says in caught.value.message
    assert contents(tmp_path) == {}


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A second try must find the folder as the first did, however much was written by then."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "schema").write_text("a file where the folder should be\n")
    with pytest.raises(Refused, match=r"^configs/schema cannot be written: .*; nothing was written$"):
        begin(tmp_path, **STUDIO)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["configs", "configs/schema"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C while it writes: no half of a project."""

    class Interrupting(dict[str, str]):
        def items(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]
            yield "configs/litellm/a.yaml", "a"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.write_missing(tmp_path, Interrupting())
    assert list(tmp_path.iterdir()) == []


def test_a_tasks_file_of_the_users_own_is_kept_and_nothing_imports_from_it(tmp_path: Path) -> None:
    """`fab` would end in a traceback for every task of theirs."""
    (tmp_path / "tasks.py").write_text("from fabric import task\n")
    begun = begin(tmp_path)
    assert "fabfile.py" not in begun.written
    assert [(finding.code, finding.where) for finding in begun.findings] == [("no-tasks", "tasks.py")]


def test_a_new_project_can_be_deployed_to_its_sandbox(tmp_path: Path) -> None:
    """The second command that a new user types: the config that we wrote serves, and no model was loaded for it."""
    begin(tmp_path)
    sandbox = up(tmp_path, options=replace(QUICK, hand_started=False))
    try:
        new = Project(tmp_path, lambda _event: None, lambda: sandbox.host)
        deployed = deploy(new, "sandbox", None)
    finally:
        down(tmp_path)
    assert (deployed.exit_code, deployed.outcome, deployed.config) == (0, "deployed", "gateway")
    assert deployed.verification is not None
    assert (deployed.verification.models, deployed.verification.model_loads) == (("coder",), 0)
