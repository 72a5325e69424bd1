"""What the documents show is run: every command, every Python example, every link."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README) if found == language]


COMMANDS = [
    line.removeprefix("$ ")
    for block in blocks("console")
    for line in block.splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_runs(command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "myopathway"
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_population_of_the_readme_is_answered(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    (block,) = (one for one in blocks("sh") if "myopathway cohort" in one)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    answered, explained = (
        subprocess.run(
            [sys.executable, "-m", *shlex.split(line)],
            cwd=tmp_path, capture_output=True, check=False,
        )
        for line in block.splitlines()
    )  # fmt: skip
    assert answered.returncode == explained.returncode == 0, answered.stderr + explained.stderr
    assert explained.stdout.startswith(b"Severe disease, third line of induction")
    assert {one.name for one in tmp_path.iterdir()} == {
        "examples", "answers.parquet", "report.html",
    }  # fmt: skip


def test_the_sample_of_the_readme_is_what_the_command_prints() -> None:
    (shown,) = blocks("text")
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "recommend",
         "examples/severe-ild-mda5.bundle.json", "--as-of", "2026-11-02"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    printed = done.stdout.decode()
    assert printed.startswith(shown.removesuffix("...\n"))


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}  # a reader goes on from one example to the next
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own page


def test_the_patient_of_the_readme_is_read() -> None:
    text = next(block for block in blocks("yaml") if "patient.yaml" in block)
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "recommend", "-"],
        input=text.encode(), cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_sentences_of_the_readme_stand_in_the_content() -> None:
    text = next(block for block in blocks("yaml") if "when:" in block)
    content = "\n".join(
        path.read_text() for path in (ROOT / "src/myopathway/content/nodes").glob("*.yaml")
    )
    for line in text.splitlines():
        if line.strip().startswith("- "):
            assert line.strip() in content


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "#", "mailto:")):
            continue
        path = (page.parent / target.partition("#")[0]).resolve()
        assert path.exists(), f"{page.name}: {target}"


def test_the_readme_names_the_two_commands() -> None:
    assert "make run" in README
    assert "make test" in README


def test_every_command_is_documented() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "--help"], capture_output=True, check=True
    )
    commands = done.stdout.decode().partition("Commands:\n")[2].partition("\n\n")[0]
    listed = re.findall(r"^  (\w+) ", commands, re.MULTILINE)
    assert listed
    for name in listed:
        assert f"myopathway {name}" in README, name
