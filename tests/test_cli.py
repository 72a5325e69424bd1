"""The command as a user meets it: a process, its two outputs, its exit status."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NODES = {
    "severe-ild-mda5": "severe.1",
    "severe-refractory": "severe.3",
    "non-severe-mtx-intolerance": "non-severe.2",
    "remission-predominant-ild": "remission.1",
    "inclusion-body-myositis": "ibm",
    "half-known": None,
}
EXAMPLES = [ROOT / "examples" / f"{name}.yaml" for name in NODES]
FACTS = {"subtype": "dermatomyositis", "course": "initial", "as_of": "2026-11-02"}


def run(*arguments: str, given: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "myopathway", *arguments],
        input=given,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
        env={**os.environ, **extra},
    )


def answer(*arguments: str, given: bytes = b"") -> Any:
    done = run("recommend", *arguments, "--format", "json", given=given)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_gives_the_same_place_as_facts_and_as_bundle(path: Path) -> None:
    by_facts = answer(str(path))
    by_record = answer(str(path).replace(".yaml", ".bundle.json"), "--as-of", "2026-11-02")
    assert by_facts["node"] == by_record["node"] == NODES[path.stem]
    assert "unread" in by_record
    assert "unread" not in by_facts


def test_every_example_is_named_here() -> None:
    stand = {path.stem for path in (ROOT / "examples").glob("*.yaml")}
    assert {name for name in stand if not name.startswith("order-")} == set(NODES)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "fhir"])
def test_each_format_of_each_example(form: str) -> None:
    for path in EXAMPLES:
        done = run("recommend", str(path), "--format", form)
        assert done.returncode == 0
        assert done.stdout.strip()
        assert b"\x1b" not in done.stdout, "no colours into a pipe"
        if form in ("json", "fhir"):
            json.loads(done.stdout)


def test_facts_from_standard_input() -> None:
    assert answer("-", given=json.dumps(FACTS).encode())["status"] == "needs-information"
    assert answer("-", given=b"subtype: inclusion-body-myositis\n")["node"] == "ibm"


BAD = {
    "misspelt fact": (b"subtpye: polymyositis", ["subtpye", "subtype"]),
    "wrong type": (b"weight_kg: heavy", ["weight_kg", "heavy", "2 to 350"]),
    "number as text": (b'weight_kg: "70"', ["weight_kg", "'70'"]),
    "weight of 9000": (b"weight_kg: 9000", ["9000", "2 to 350 kg"]),
    "yes for true": (b"myocarditis: yes", ["myocarditis", "true or false"]),
    "grade 7": (b"muscle_strength_mrc: 7", ["7", "0 to 5"]),
    "grade 6+": (b"muscle_strength_mrc: 6+", ["6+", "4-"]),
    "no such date": (b"as_of: 2026-02-30", ["as_of", "2026-02-30"]),
    "drug unknown": (b"treatments: [{drugs: [aspirine]}]", ["treatments[0].drugs[0]", "aspirine"]),
    "regimen without drugs": (b"treatments: [{purpose: induction}]", ["treatments[0].drugs"]),
    "stopped before it began": (
        b"treatments: [{drugs: [ivig], started: 2026-02-01, stopped: 2026-01-01}]",
        ["treatments[0].stopped"],
    ),
    "blamed drug not given": (
        b"treatments: [{drugs: [ivig], outcome: intolerance, intolerant_of: [rituximab]}]",
        ["treatments[0].intolerant_of", "rituximab"],
    ),
    "empty": (b"", ["empty"]),
    "blank": (b"  \n\n", ["empty"]),
    "only a comment": (b"# nothing\n", ["nothing"]),
    "NaN in JSON": (b'{"weight_kg": NaN}', ["line 1"]),
    "NaN in YAML": (b"weight_kg: .nan", ["weight_kg"]),
    "endless number": (b'{"weight_kg": 1e999}', ["out of range"]),
    "huge whole number": (b'{"age_years": 1' + b"0" * 400 + b"}", ["age_years"]),
    "YAML bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
        ["anchor or alias"],
    ),
    "duplicate key in YAML": (b"sex: male\nsex: female\n", ["line 2", "twice"]),
    "duplicate key in JSON": (b'{"sex": "male", "sex": "female"}', ["sex", "twice"]),
    "a list": (b"[1, 2]", ["[1, 2]", "facts document"]),
    "a text": (b'"x"', ["'x'"]),
    "deep JSON list": (b"[" * 100_000, ["nested too deeply"]),
    "deep JSON mapping": (b'{"a":' * 100_000, ["nested too deeply"]),
    "deep YAML": (b"a: " + b"[" * 100_000, ["nested too deeply"]),
    "no UTF-8": (b"subtype: \xff\xfe", ["UTF-8"]),
    "cut off": (b'{"sex": ', ["JSON"]),
    "tag": (b"sex: !!python/object:os.system male", ["tag"]),
    "folded text": (b"sex: male\n  female\n", ["line 1"]),
    "no Bundle": (b'{"resourceType": "Patient"}', ["Bundle"]),
    "no Patient": (b'{"resourceType": "Bundle", "entry": []}', ["Patient"]),
    "two Patients": (
        json.dumps(
            {
                "resourceType": "Bundle",
                "entry": [{"resource": {"resourceType": "Patient", "id": one}} for one in "ab"],
            }
        ).encode(),
        ["Patient"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_clear_lines_and_status_2(name: str) -> None:
    given, words = BAD[name]
    done = run("recommend", "-", given=given)
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert done.stdout == b""
    assert "Traceback" not in told
    assert all(len(line) < 400 for line in told.splitlines())
    assert all(line.startswith("myopathway: ") for line in told.splitlines())
    for word in words:
        assert word in told, told


def test_every_fault_has_its_line() -> None:
    done = run("recommend", "-", given=b"weight_kg: 0\nsex: man\nfoo: 1\n")
    assert len(done.stderr.splitlines()) == 3


def test_a_broken_entry_among_good_ones_is_listed() -> None:
    bundle = json.loads((ROOT / "examples/severe-ild-mda5.bundle.json").read_text())
    bundle["entry"].insert(1, {"resource": {"resourceType": "Observation", "code": 7}})
    bundle["entry"].insert(1, "not an entry")
    found = answer("-", "--as-of", "2026-11-02", given=json.dumps(bundle).encode())
    assert found["node"] == "severe.1"
    assert any("entry[1]" in one["resource"] for one in found["unread"])


def test_a_missing_file() -> None:
    done = run("recommend", "no-such-file.yaml")
    assert done.returncode == 2
    assert b"no-such-file.yaml" in done.stderr


def test_a_batch_keeps_its_order_and_loses_nothing(tmp_path: Path) -> None:
    batch = tmp_path / "patients.ndjson"
    bundle = json.loads((ROOT / "examples/inclusion-body-myositis.bundle.json").read_text())
    lines = [json.dumps(FACTS), "", "{broken", json.dumps({"weight_kg": -1}), json.dumps(bundle)]
    batch.write_text("\n".join(lines) + "\n")
    done = run("recommend", str(batch))
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one.get("status") for one in answers] == [
        "needs-information", None, None, "recommended",
    ]  # fmt: skip
    assert "weight_kg" in answers[2]["error"][0]
    assert answers[3]["node"] == "ibm"
    good = tmp_path / "good.ndjson"
    good.write_text(json.dumps(FACTS) + "\n")
    assert run("recommend", str(good)).returncode == 0
    assert run("recommend", str(good), "--format", "text").returncode == 2


def test_colours_only_when_asked_for_in_a_pipe() -> None:
    example = str(EXAMPLES[0])
    assert b"\x1b" in run("recommend", example, "--color").stdout
    assert b"\x1b" not in run("recommend", example).stdout


@pytest.mark.parametrize("command", ["recommend", "statements", "facts", "completion"])
def test_help_of_every_command(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert b"Usage: myopathway" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_each_shell(shell: str) -> None:
    assert b"_MYOPATHWAY_COMPLETE" in run("completion", shell).stdout


def test_statements_are_all_carried_and_exercised() -> None:
    found = json.loads(run("statements", "--json").stdout)
    assert len(found["statements"]) == 111
    assert all(one["carried_by"] and one["exercised_by"] for one in found["statements"])
    assert found["summary"]["not_encoded"] == []


def test_another_content_folder(tmp_path: Path) -> None:
    done = run("recommend", str(EXAMPLES[0]), "--content", str(tmp_path))
    assert done.returncode == 2
    assert b"content" in done.stderr


def test_facts_lists_the_dictionary() -> None:
    assert b"weight_kg" in run("facts").stdout
    listed = json.loads(run("facts", "--json").stdout)
    assert {"fact", "question", "accepted"} <= listed[0].keys()


def test_an_error_of_ours_is_one_line(tmp_path: Path) -> None:
    """Even what nobody foresaw reaches the user without a traceback."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import myopathway.intake as i\n"
        "def fail(*a): raise ZeroDivisionError('boom')\n"
        "i.document = fail\n"
    )
    done = run("recommend", "-", given=b"{}", PYTHONPATH=str(tmp_path))
    assert done.returncode == 70
    assert b"Traceback" not in done.stderr
    assert b"boom" in done.stderr


def test_brief_is_the_first_screen() -> None:
    example = str(EXAMPLES[0])
    whole = run("recommend", example).stdout.decode()
    brief = run("recommend", example, "--brief").stdout.decode()
    assert brief.partition("Not shown here:")[0] == whole.partition("Below:")[0]
    assert len(brief.splitlines()) < 80 < len(whole.splitlines())


# ---- what is no fault of the input


FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs Linux's full device")


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [
        ("recommend", str(EXAMPLES[0])),
        ("facts",),
        ("guide",),
        ("statements", "--json"),
        ("--help",),
    ],
    ids=lambda one: one[0],
)
def test_an_output_without_room_is_one_line_and_status_2(arguments: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "myopathway", *arguments],
            stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False, timeout=60,
        )  # fmt: skip
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert told.startswith("myopathway: standard output: ")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("command", ["facts", "statements", "guide"])
def test_a_reader_that_goes_is_no_failure(command: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "myopathway", command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_no_standard_input_is_said() -> None:
    shell = f"exec {sys.executable} -m myopathway recommend - <&-"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"myopathway: standard input: ")


def _heeding() -> None:
    """Heed the keyboard: what a shell starts in the background is told not to."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_stop_by_the_keyboard_is_one_line() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "myopathway", "ask"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        preexec_fn=_heeding,  # noqa: PLW1509 - no thread runs
    ) as process:  # fmt: skip
        assert process.stderr is not None
        asked = b""
        while not asked.endswith(b"> "):
            one = process.stderr.read(1)
            assert one, "it ended without a question"
            asked += one
        process.send_signal(signal.SIGINT)
        _, told_raw = process.communicate(timeout=60)
        told = told_raw.decode()
        assert process.returncode == 130
    assert told.splitlines()[-1] == "myopathway: stopped"


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


@pytest.mark.parametrize("arguments", [("guide", "-o", "guide.html"), ("export", "made")])
def test_nothing_half_written_stays(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "guide.html").write_text("the one before")
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", *arguments],
        capture_output=True, cwd=tmp_path, check=False, timeout=60, preexec_fn=_small_files,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["guide.html"]
    assert (tmp_path / "guide.html").read_text() == "the one before"


def test_the_short_help_is_not_cut() -> None:
    _, _, commands = run("--help", COLUMNS="80").stdout.partition(b"Commands:")
    assert b"recommend" in commands
    assert b"..." not in commands


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("recommend", "{example}", "--as-of", "2026-02-30"), "2026-03-31"),
        (("recommend", "{example}", "--overlay", "{empty}"), "overlay.yaml"),
        (("verify", "--content", "{empty}"), "edition.yaml"),
        (("diff", "{empty}"), "edition.yaml"),
        (("check", "{example}", "{empty}/below/none.yaml"), "order document"),
        (("ask", "-o", "{empty}"), "is a directory"),
        (("serve", "--host", "198.51.100.1"), "address of this machine"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_can(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "none.yaml").write_text("")
    put = {"example": str(EXAMPLES[0]), "empty": str(tmp_path)}
    done = run(*(one.format(**put) for one in arguments))
    assert done.returncode == 2, done.stderr
    assert done.stdout == b""
    assert words in done.stderr.decode().splitlines()[-1]


def test_the_facts_of_another_guideline_are_listed() -> None:
    other = str(ROOT / "tests" / "data" / "second-guideline")
    listed = json.loads(run("facts", "--json", "--content", other).stdout)
    assert "urea" in {one["fact"] for one in listed}
