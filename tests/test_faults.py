"""What goes wrong on a student's computer: a full disk, a folder that cannot be written, a clock that jumps. Nothing kept is ever lost."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import heelkit
from heelkit import progress, review, teacher
from heelkit.errors import InputError
from heelkit.explore import conditions, quiz
from heelkit.explore import progress as progress_explorer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASKED = list(heelkit.load().questions.index[:6])


def mounted(folder: Path, options: str) -> bool:
    """A small file system of its own in this folder; only root can have one, and not in every container."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB, and a function that fills it to the last byte or makes room again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=64k"):
        pytest.skip("a small disk can only be mounted by root in a container that allows it")
    ballast = disk / "ballast"

    def fill(full: bool):
        ballast.unlink(missing_ok=True)
        if full:
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 512):
                        pass
                except OSError:
                    return

    yield disk, fill
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def read_only(tmp_path):
    """A folder that nobody can write to: for root, a file system mounted read-only; for everybody else, its rights say so."""
    folder = tmp_path / "read_only"
    folder.mkdir()
    if os.geteuid() == 0:
        if not mounted(folder, "ro,size=64k"):
            pytest.skip("root may write everywhere, and this container lets nobody mount a read-only folder")
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    else:
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)


@pytest.fixture(params=["small disk", "/dev/full"])
def full_file(request, tmp_path, monkeypatch):
    """A record on a disk without room, with what makes room. `/dev/full` answers like a full disk; it has no content to keep."""
    if request.param == "small disk":
        disk, fill = request.getfixturevalue("small_disk")
        return disk / "record.jsonl", fill
    file, real = tmp_path / "record.jsonl", os.open

    def fill(full: bool):
        def opened(path, flags, *mode):
            return real("/dev/full" if Path(path) == file else path, flags, *mode)

        monkeypatch.setattr(os, "open", opened if full else real)

    return file, fill


def fill_the_last_block(file: Path):
    """On a full disk, a file may still grow to the end of its last block."""
    keep = {"kind": "prediction", "item": "filler", "topic": "filler", "path": file}
    progress.record(**keep, more={"x": ""})
    line = len(file.read_bytes().splitlines()[-1]) + 1
    progress.record(**keep, more={"x": "x" * (-(file.stat().st_size + line) % 4096)})
    assert file.stat().st_size % 4096 == 0


def test_an_answer_that_a_full_disk_refused_is_said_stays_on_screen_and_is_kept_later(full_file, monkeypatch):
    file, fill = full_file
    monkeypatch.setenv("HEELKIT_PROGRESS", str(file))
    check = quiz("05")
    first, second, third = check.result.index[:3]
    check.set_state({"answers": {first: "A"}})
    fill_the_last_block(file)
    before = file.read_bytes()
    fill(True)
    check.set_state({"answers": {first: "A", second: "B"}, "sure": {second: 75}})
    assert check.notice.count(". ") == 1 and "No space left on device" in check.notice  # one reason, one consolation
    assert check.result.loc[second, "answer"] == "B"
    assert file.read_bytes() == before
    check.set_state({"question": third})
    assert check.notice  # still true
    fill(False)
    check.set_state({"answers": {first: "A", second: "B", third: "C"}})
    assert check.notice == ""
    events = progress.read_events(file)
    events = events[events["kind"] == "answer"]
    assert events["item"].tolist() == [first, second, third]
    assert events["sure"].iloc[1] == 0.75
    assert events.attrs["problems"] == []


def test_a_disk_that_fills_up_in_the_middle_of_many_answers_never_holds_half_a_line(small_disk):
    disk, _ = small_disk
    file, told, refused = disk / "record.jsonl", [], 0
    (disk / "half").write_bytes(b"x" * 32_000)
    while refused < 5:
        try:
            told.append(progress.record("answer", "06_q", topic="06", right=True, more={"why": "x" * 700}, path=file))
        except InputError:
            refused += 1
        assert file.read_bytes().endswith(b"\n")
    events = progress.read_events(file)
    assert events["event_id"].tolist() == told
    assert events.attrs["problems"] == []
    (disk / "half").unlink()
    told.append(progress.record("answer", "06_q", topic="06", right=True, path=file))
    assert len(progress.read_events(file)) == len(told) + 5
    assert progress.waiting(file) == 0


def test_importing_exporting_and_resetting_on_a_full_disk_change_nothing(small_disk, tmp_path):
    disk, fill = small_disk
    file, other = disk / "record.jsonl", tmp_path / "other.jsonl"
    for path in (file, other):
        for item in ASKED * 4:
            progress.record("answer", item, topic="06", right=True, path=path)
    before = file.read_bytes()
    fill(True)
    for attempt in (lambda: progress.import_events(other, file), lambda: progress.export(disk / "out.csv", path=file)):
        with pytest.raises(InputError, match=r"could not be written: No space left on device\. Nothing changed"):
            attempt()
    assert file.read_bytes() == before
    assert {p.name for p in disk.iterdir()} <= {"record.jsonl", "record.jsonl.lock", "ballast"}
    fill(False)
    assert progress.import_events(other, file) == len(ASKED) * 4


def test_a_record_in_a_read_only_folder_is_said_and_the_explorer_goes_on(read_only, monkeypatch):
    monkeypatch.setenv("HEELKIT_PROGRESS", str(read_only / "record.jsonl"))
    explorer = conditions()
    explorer.set_state({"prediction": "heel_spur"})
    assert explorer.notice.startswith("This could not be kept in record.jsonl: ")
    explorer.set_state({"answers": {"tingling": "present"}})
    assert explorer.state["present"] == ["tingling"]
    assert explorer.result.equals(heelkit.rank(["tingling"]))
    assert explorer.notice
    assert progress_explorer().view["topics"] == []


@pytest.mark.parametrize(
    "attempt",
    [
        lambda folder: progress.import_events(_record(folder.parent / "other.jsonl"), folder / "record.jsonl"),
        lambda folder: progress.export(folder / "out.csv", path=_record(folder.parent / "other.jsonl")),
        lambda folder: teacher.copy_tables(folder / "my_class"),
        lambda folder: teacher.new_lesson("Mondays", folder),
        lambda folder: teacher.write_handout(teacher.cards_page(["heel_spur"]), folder / "cards.pdf"),
    ],
    ids=["import", "export", "copy tables", "new lesson", "handout"],
)
def test_nothing_that_writes_shows_more_than_one_sentence_in_a_read_only_folder(read_only, attempt):
    with pytest.raises(InputError, match=r"could not be (written|changed): "):
        attempt(read_only)
    assert list(read_only.iterdir()) == []


def _record(path: Path) -> Path:
    progress.record("answer", "06_q", topic="06", right=True, path=path)
    return path


def test_resetting_in_a_read_only_folder_is_said_and_keeps_the_record(tmp_path, read_only, monkeypatch):
    file = _record(tmp_path / "record.jsonl")

    def refuse(self, target):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)  # a read-only folder with a record in it cannot be mounted as one
    with pytest.raises(InputError, match="could not be"):
        progress.reset(file)
    monkeypatch.undo()
    assert len(progress.read_events(file)) == 1


def test_a_lock_that_another_program_never_gives_back_is_said(tmp_path, monkeypatch):
    file = tmp_path / "record.jsonl"
    monkeypatch.setattr(progress, "LOCK_SECONDS", 0.1)
    with progress._lock(file), pytest.raises(InputError, match="could not be kept"):
        progress.record("answer", "06_q", topic="06", right=True, path=file)
    progress.record("answer", "06_r", topic="06", right=True, path=file)
    assert progress.read_events(file)["item"].tolist() == ["06_q", "06_r"]


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=-1), timedelta(hours=1), timedelta(days=4000)], ids=str)
def test_a_clock_that_jumps_changes_neither_the_order_nor_the_accuracy(tmp_path, jump, monkeypatch):
    file = tmp_path / "record.jsonl"
    monkeypatch.setenv("HEELKIT_PROGRESS", str(file))
    tries = [(ASKED[0], False, NOW), (ASKED[0], True, NOW + jump), (ASKED[1], False, NOW + jump), (ASKED[2], True, NOW + timedelta(minutes=5))]
    for item, right, at in tries:
        progress.record("answer", item, topic="01", given="A", right=right, sure=0.75, at=at)
    events = progress.read_events()
    assert events["item"].tolist() == [item for item, *_ in tries]  # as they were given, whatever the clock said
    assert review.latest(events).loc[ASKED[0], "right"]
    plan = review.schedule(events, NOW + timedelta(minutes=10))
    assert plan["recall"].between(0, 1).all()
    assert set(plan.index[plan["missed"]]) == {ASKED[1]}
    assert not plan.loc[ASKED[2], "due_now"]
    assert plan.loc[ASKED[1], "due_now"], "a missed question is due at once, whenever the clock said it was missed"
    assert progress_explorer().result["answered"].sum() == 3


def test_an_answer_from_the_future_is_seen_again_as_if_it_were_given_now(tmp_path):
    file = tmp_path / "record.jsonl"
    progress.record("answer", ASKED[0], topic="01", right=True, at=NOW + timedelta(days=4000), path=file)
    progress.record("answer", ASKED[0], topic="01", right=True, at=NOW, path=file)
    plan = review.schedule(progress.read_events(file), NOW)
    assert NOW < plan.loc[ASKED[0], "due"] < NOW + timedelta(days=400)
