"""The two versions that are compared: content folders, or folders of a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.cases import Case, load_cases
from myopathway.errors import ContentError, Fault, InputError
from myopathway.guideline.load import CONTENT, load
from myopathway.guideline.model import Guideline

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED: Final = "a content folder, or a git revision as REV or REV:path"
SHIPPED: Final = "the shipped content"


class Version(msgspec.Struct, frozen=True):
    """One version: how it is called, its guideline, its vignettes."""

    name: str
    guideline: Guideline
    cases: tuple[Case, ...]


def version(asked: str | None, beside: str | None = None) -> Version:
    """Load the version that was asked for; None: the shipped content.

    A revision without a path means the folder ``beside`` which it is compared, else the shipped
    content, in that revision. Raises ``InputError`` where there is no such version and
    ``ContentError`` where it cannot be read.
    """
    if asked is None:
        return _loaded(SHIPPED, CONTENT)
    if Path(asked).is_dir():
        return _loaded(asked, Path(asked))
    revision, _, path = asked.partition(":")
    near = Path(beside) if beside is not None and Path(beside).is_dir() else CONTENT
    with _checked_out(asked, revision, path, near) as folder:
        return _loaded(asked, folder)


def _loaded(name: str, folder: Path) -> Version:
    try:
        guideline = load(folder)
        cases = load_cases(folder / "cases", guideline) if (folder / "cases").is_dir() else ()
    except ContentError as error:
        faults = (Fault(f"{name}: {one.where}", one.found, one.accepted) for one in error.faults)
        raise ContentError(faults) from None
    return Version(name, guideline, cases)


@contextmanager
def _checked_out(asked: str, revision: str, path: str, near: Path) -> Iterator[Path]:
    """Write the YAML texts of a folder of a revision into a folder that goes again."""
    root = Path.cwd() if path else near
    top = _git(root, "rev-parse", "--show-toplevel", asked=asked).decode().strip()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options",
                  f"{revision}^{{commit}}", asked=asked).decode().strip()  # fmt: skip
    inside = path or near.resolve().relative_to(Path(top).resolve()).as_posix()
    whole = _git(Path(top), "archive", "--format=tar", commit, "--", inside, asked=asked)
    with tempfile.TemporaryDirectory() as folder:
        _written(whole, inside, Path(folder))
        yield Path(folder)


def _written(whole: bytes, inside: str, folder: Path) -> None:
    top = PurePosixPath(inside)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            if not member.isfile() or name.suffix not in {".yaml", ".yml"}:
                continue
            target = folder / name.relative_to(top)
            target.parent.mkdir(parents=True, exist_ok=True)
            held = archive.extractfile(member)
            target.write_bytes(held.read() if held is not None else b"")


def _git(root: Path, *arguments: str, asked: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and what was asked for is no option
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the git of the path
            capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        raise InputError([Fault(asked, "no such folder, and git is not there", WANTED)]) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        found = f"no such folder or revision{f' ({said[:100]})' if said else ''}"
        raise InputError([Fault(asked, found, WANTED)])
    return done.stdout
