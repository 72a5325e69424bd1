"""``myopathway diff``: folders and git revisions in, text, markdown and JSON out."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from myopathway.diff import compare, version
from myopathway.diff.written import comparison_json, comparison_markdown, comparison_text
from myopathway.errors import ContentError, InputError
from tests.edited_content import DOSE, VERDICT, edited
from tests.small_guideline import FILES, changed, written


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "myopathway", "diff", *arguments], cwd=cwd, capture_output=True,
        check=False, encoding="utf-8",
    )  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository whose folder ``content`` held another dose one commit ago."""
    before = changed("nodes/one-1.yaml", "at most 80 mg/day", "at most 60 mg/day")
    git(tmp_path, "init", "-q")
    for files in (before, FILES):
        written(tmp_path / "content", files)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "One")
    return tmp_path


def test_a_revision_and_a_folder_and_two_revisions(repository: Path) -> None:
    for arguments in (
        ("HEAD~1:content", "content"),
        ("HEAD~1", "content"),  # the same folder, one revision ago
        ("HEAD~1:content", "HEAD:content"),
    ):
        done = run(*arguments, "--format", "json", cwd=repository)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        (change,) = told["changes"]
        assert (change["kind"], change["before"], change["after"]) == (
            "dose", "60 mg/day", "80 mg/day")  # fmt: skip
        assert [one["kind"] for one in told["doses"]] == ["initial", "maximum"]
        assert told["doses"][0]["lightest"] == 60.1
        assert told["places"]["changed"] == 0


@pytest.mark.parametrize(
    "asked", ["no-such-folder", "HEAD:nowhere", "--output=/tmp/x", "-h:content", "HEAD~99:content"]
)
def test_what_is_no_version_is_one_clear_line(repository: Path, asked: str) -> None:
    done = run("--", asked, "content", cwd=repository)
    assert done.returncode == 2
    assert not done.stdout
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert asked in done.stderr


def test_broken_content_is_named_by_version_file_and_line(tmp_path: Path) -> None:
    folder = written(tmp_path, changed("terms.yaml", "strength < 4", "strenth < 4"))
    with pytest.raises(ContentError, match=r"terms\.yaml:4"):
        version(str(folder))
    with pytest.raises(InputError):
        version(str(tmp_path / "none"))


def test_the_texts_tell_the_same_as_the_json(tmp_path: Path) -> None:
    folder = str(edited(tmp_path, [DOSE, VERDICT]))
    found = compare(version(None), version(folder))
    told = json.loads(comparison_json(found))
    text, markdown = comparison_text(found, width=100), comparison_markdown(found)
    assert len(told["changes"]) == 2
    changed_cases = len(told["groups"][0]["changed"])
    flat = " ".join(text.split())
    for shown in (flat, markdown.replace("\\", "")):
        assert "2 changes in the content" in shown
        assert "80 mg/day → 60 mg/day" in shown
        assert f"{changed_cases} of " in shown
        assert "prednisolone initial, at 60.1 to 350 kg" in shown
        assert "smallest patient" in shown
    assert markdown.startswith("## ")
    assert "| where | change |" in markdown
    documents = re.findall(r"smallest patient: `(\{.*\})`", markdown)
    assert documents
    for document in documents:
        assert json.loads(document)["subtype"]


def test_nothing_in_the_content_becomes_markup(tmp_path: Path) -> None:
    sly = "<img src=x onerror=alert(1)> | **bold** [link](http://example.org)"
    folder = written(tmp_path / "new", changed("edition.yaml", "A small guideline", f"'{sly}'"))
    old = written(tmp_path / "old")
    done = run(str(old), str(folder), "--format", "markdown", "--exit-code")
    assert done.returncode == 1, done.stderr
    assert "<img" not in done.stdout
    assert "**bold**" not in done.stdout
    (row,) = [line for line in done.stdout.splitlines() if "onerror" in line]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
