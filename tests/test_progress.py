"""The student's record: nothing recorded is ever lost, whatever happens to the kernel, the disk or the file."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import heelkit
from heelkit import progress, review
from heelkit.class_report import item_statistics, missed_findings, missed_sites, read_exports
from heelkit.errors import InputError

WRITER = """
import sys
from pathlib import Path
from heelkit.progress import record
for i in range(int(sys.argv[2])):
    event = record("answer", f"06_q{i}", topic="06", given="B", right=i % 3 > 0, sure=0.75, path=Path(sys.argv[1]))
    print(event, flush=True)
"""


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "heelkit_progress.jsonl"


def write(file: Path, n: int, **how) -> list[str]:
    return [progress.record("answer", f"06_q{i}", **{"topic": "06", "right": i % 2 == 0, "given": "A", "path": file} | how) for i in range(n)]


def writer(file: Path, n: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(file), str(n)], stdout=subprocess.PIPE, text=True)


def test_what_was_recorded_comes_back_as_it_was(file):
    told = {"topic": "06", "given": "C", "right": True, "sure": 0.95, "more": {"why": "ñ = \u2028"}}
    event = progress.record("answer", "06_q", path=file, **told)
    row = progress.read_events(file).iloc[0]
    assert row["event_id"] == event
    assert {k: row[k] for k in told} == told
    assert datetime.now(UTC) - row["at"].to_pydatetime() < timedelta(minutes=5)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.5])
def test_a_kernel_killed_at_any_moment_of_1000_answers_loses_none_that_was_kept(file, seconds):
    kept = []
    while len(kept) < 1000:
        with writer(file, 1000 - len(kept)) as process:
            said = process.stdout.readline()
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            said += process.stdout.read()
        kept += [line for line in said.splitlines(keepends=True) if line.endswith("\n")]
        seconds *= 2  # each life lasts longer, so that the test ends
    events = progress.read_events(file)
    assert {line.strip() for line in kept} <= set(events["event_id"])
    assert events.attrs["problems"] == []


def test_two_notebooks_at_once_lose_nothing(file):
    with writer(file, 300) as one, writer(file, 300) as other:
        kept = [line for process in (one, other) for line in process.stdout.read().split()]
    assert len(kept) == 600
    assert sorted(progress.read_events(file)["event_id"]) == sorted(kept)


def test_a_line_cut_in_the_middle_is_named_and_everything_else_stays(file):
    kept = write(file, 5)
    file.write_bytes(file.read_bytes()[:-20])
    later = write(file, 2)
    events = progress.read_events(file)
    assert events["event_id"].tolist() == [*kept[:4], *later]
    assert events.attrs["problems"] == [
        "heelkit_progress.jsonl, line 6: this is not a whole line of JSON (cut off, or edited by hand). The line is left as it is and not counted."
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"at": "yesterday"}, "'yesterday' is not a time"),
        ({"at": "2026-11-21T10:00:00"}, "no time zone"),
        ({"kind": "guess"}, "'guess' is not one of answer, prediction, case"),
        ({"right": "yes"}, "'right' must be true, false or null"),
        ({"sure": 75}, "'sure' must be a number between 0 and 1"),
        ({"item": None}, "'item' is missing"),
        ({"more": [1]}, "'more' an object"),
    ],
)
def test_a_line_edited_by_hand_is_named_and_not_counted(file, change, complaint):
    write(file, 2)
    lines = file.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | change)
    file.write_text("\n".join(lines) + "\n")
    events = progress.read_events(file)
    assert len(events) == 1
    assert complaint in events.attrs["problems"][0]
    assert events.attrs["problems"][0].startswith("heelkit_progress.jsonl, line 2: ")


def test_a_record_of_a_newer_heelkit_is_neither_read_nor_changed(file):
    file.write_text('{"heelkit_progress": 2}\n{"new": "form"}\n')
    before = file.read_bytes()
    for attempt in (lambda: progress.read_events(file), lambda: write(file, 1), lambda: progress.import_events(file, file.with_name("mine.jsonl"))):
        with pytest.raises(InputError, match=r"written by a newer heelkit \(format 2; this one knows 1\)"):
            attempt()
    assert file.read_bytes() == before


def test_a_full_disk_is_said_and_leaves_the_file_as_it_was(file, monkeypatch):
    write(file, 3)
    before, real = file.read_bytes(), os.write

    def half_then_full(descriptor, data):
        if len(data) > 20 and bytes(data).startswith(b'{"id"'):
            return real(descriptor, bytes(data)[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(InputError, match="No space left on device"):
        write(file, 1)
    monkeypatch.undo()
    assert file.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_said(tmp_path):
    with pytest.raises(InputError, match="could not be kept"):
        write(tmp_path, 1)


def test_importing_from_another_machine_adds_each_event_once(file):
    other = file.with_name("other.jsonl")
    write(file, 3)
    theirs = write(other, 4)
    assert progress.import_events(other, file) == 4
    assert progress.import_events(other, file) == 0
    assert progress.read_events(file)["event_id"].tolist()[3:] == theirs


def test_importing_changes_no_byte_of_what_was_there(file):
    other = file.with_name("other.jsonl")
    write(file, 1)
    file.write_bytes(file.read_bytes() + b"\xff cut \xe2\x80\n")
    before = file.read_bytes()
    theirs = progress.record("answer", "06_q", topic="06", given="A", right=True, more={"why": "two\u2028lines"}, path=other)
    assert progress.import_events(other, file) == 1
    assert file.read_bytes().startswith(before)
    assert progress.read_events(file).iloc[-1][["event_id", "more"]].tolist() == [theirs, {"why": "two\u2028lines"}]


@pytest.mark.parametrize("content", ["", "not a record\n", '{"heelkit_progress": 1}\n'])
def test_importing_a_file_without_events_changes_nothing(file, content):
    write(file, 2)
    before, other = file.read_bytes(), file.with_name("other.jsonl")
    other.write_text(content)
    with pytest.raises(InputError, match="holds no event"):
        progress.import_events(other, file)
    assert file.read_bytes() == before


def test_reset_keeps_the_old_record_under_another_name(file):
    kept = write(file, 2)
    old = progress.reset(file)
    assert progress.read_events(file).empty
    assert progress.read_events(old)["event_id"].tolist() == kept
    assert progress.reset(file) is None


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_no_exported_cell_can_start_a_formula(file, cell):
    progress.record("answer", cell, topic=cell, given=cell, right=True, path=file)
    table = pd.read_csv(progress.export(file.with_name("out.csv"), cell, file), dtype=str)
    for column in ("student", "item", "topic", "given"):
        assert table.loc[0, column] == f"'{cell}"


def test_export_leaves_no_half_written_file_behind(file, tmp_path):
    write(file, 1)
    with pytest.raises(InputError, match="could not be written"):
        progress.export(tmp_path / "missing" / "out.csv", path=file)
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".csv" or p.name.startswith(".")] == []


@pytest.mark.parametrize("bad", [{"kind": "guess"}, {"sure": 75}, {"sure": -0.1}])
def test_a_wrong_event_is_refused_before_the_file_exists(file, bad):
    with pytest.raises(InputError):
        progress.record(**{"kind": "answer", "item": "x", "topic": "06", "path": file} | bad)
    assert not file.exists()


def test_accuracy_counts_the_last_try_of_each_question(file):
    for right in (False, True):
        progress.record("answer", "06_q", topic="06", right=right, path=file)
    progress.record("answer", "06_r", topic="06", right=False, path=file)
    progress.record("prediction", "conditions", topic="explorers", right=False, path=file)
    assert review.accuracy(progress.read_events(file)).to_dict("index") == {"06": {"answered": 2, "right": 1, "share": 0.5}}


def test_calibration_compares_confidence_with_outcome(file):
    for right, sure in ((True, 0.75), (False, 0.75), (True, 0.25)):
        progress.record("answer", "06_q", topic="06", right=right, sure=sure, path=file)
    table = review.calibration(progress.read_events(file))
    assert table.to_dict("index") == {0.25: {"n": 1, "share_right": 1.0}, 0.75: {"n": 2, "share_right": 0.5}}
    assert table.attrs["brier"] == pytest.approx((0.0625 + 0.5625 + 0.5625) / 3)


def test_a_missed_question_is_due_at_once_and_a_sure_one_later_than_an_unsure_one(file):
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for item, right, sure in (("missed", False, 0.75), ("unsure", True, 0.25), ("plain", True, None), ("sure", True, 0.95)):
        progress.record("answer", item, topic="06", right=right, sure=sure, at=now, path=file)
    plan = review.schedule(progress.read_events(file), now + timedelta(hours=1))
    assert plan.index.tolist() == ["missed", "unsure", "plain", "sure"]
    assert plan["due_now"].tolist() == [True, False, False, False]
    assert plan["missed"].tolist() == [True, False, False, False]


def test_a_clock_that_was_set_back_does_not_disturb_the_schedule(file):
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for days in (0, 5, -400):
        progress.record("answer", "06_q", topic="06", right=True, at=now + timedelta(days=days), path=file)
    plan = review.schedule(progress.read_events(file), now + timedelta(days=5))
    assert plan.loc["06_q", "due"] >= now + timedelta(days=5)
    assert 0 <= plan.loc["06_q", "recall"] <= 1


def test_an_empty_record_has_nothing_to_say(file):
    events = progress.read_events(file)
    assert events.empty
    assert review.accuracy(events).empty
    assert review.calibration(events).attrs["brier"] is None
    assert review.schedule(events).empty


# --- the teacher's side ------------------------------------------------------------------------


@pytest.fixture
def exports(tmp_path) -> list[Path]:
    """Six students answer three questions; the strong ones get the first right. One sees a patient."""
    items = heelkit.load().questions.index[:3]
    files = []
    for n in range(6):
        record = tmp_path / f"student_{n}.jsonl"
        for k, item in enumerate(items):
            right = [n >= 3, n != 0, n >= 2][k]
            progress.record("answer", item, topic="01", given="A" if right else "=B", right=right, path=record)
            progress.record("answer", item, topic="01", given="A", right=True, path=record)  # a second try counts for the student only
        if n == 0:
            more = {"missed": ["first_step_pain"], "right_site": "root_s1", "site": None, "site_found": False}
            progress.record("case", "c_x", topic="cases", given="heel_spur", right=False, sure=0.8, more=more, path=record)
        files.append(progress.export(tmp_path / f"student_{n}.csv", path=record))
    return files


def test_difficulty_and_discrimination_are_those_of_first_answers(exports):
    items = heelkit.load().questions.index[:3]
    table = item_statistics(read_exports(exports))
    assert table.loc[items, "share_right"].tolist() == pytest.approx([3 / 6, 5 / 6, 4 / 6])
    assert table.loc[items, "students"].tolist() == [6, 6, 6]
    right = pd.DataFrame(dict(zip(items, ([0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1]), strict=True)))
    for item in items:
        assert table.loc[item, "discrimination"] == pytest.approx(right[item].corr(right.drop(columns=item).mean(axis=1)))
    assert table.loc[items[0], "most_chosen_wrong"] == "=B"


def test_the_class_report_names_what_was_not_asked_and_the_place_that_was_missed(exports):
    events = read_exports(exports)
    assert missed_findings(events).loc["first_step_pain", ["missed", "share"]].tolist() == [1, 1.0]
    assert missed_sites(events).loc["root_s1", ["encounters", "found", "most_often_taken_for"]].tolist() == [1, 0, "no nerve at one place"]


def test_an_event_in_two_exports_counts_once(exports):
    assert len(read_exports([*exports, exports[0]])) == len(read_exports(exports))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: text.replace("right", "correct", 1), r"student_0\.csv: the column 'right' is missing"),
        (lambda text: text.replace("False", "no", 1), r"student_0\.csv, row 2, column 'right': 'no' is not True or False"),
        (lambda _: "", r"student_0\.csv: not a readable table"),
    ],
)
def test_a_spoiled_export_is_named(exports, spoil, complaint):
    exports[0].write_text(spoil(exports[0].read_text()))
    with pytest.raises(InputError, match=complaint):
        read_exports(exports)
