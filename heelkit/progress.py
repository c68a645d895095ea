"""The student's own record: one local file of JSON lines that outlives a crash, two notebooks at once, and a full disk.

A line is one event: an answer, a prediction, or a case. An event is written with one append, under a lock, and flushed to the disk
before anybody says "kept"; a line that was cut off is left as it is, named, and passed over. Nothing is ever sent anywhere.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock

from heelkit.errors import InputError
from heelkit.files import write_whole

FORMAT = 1
LOCK_SECONDS = 10  # so long another program may keep the file for itself
KINDS = ("answer", "prediction", "case")
COLUMNS = ["event_id", "at", "kind", "item", "topic", "given", "right", "sure", "more"]
_HEADER = json.dumps({"heelkit_progress": FORMAT}) + "\n"
_waiting: dict[Path, list[bytes]] = {}  # lines that no disk would take yet


def progress_path() -> Path:
    """The file: what the environment variable HEELKIT_PROGRESS names, else `heelkit_progress.jsonl` in the student's home folder."""
    return Path(os.environ.get("HEELKIT_PROGRESS") or Path.home() / "heelkit_progress.jsonl")


def _lock(path: Path) -> FileLock:
    return FileLock(f"{path}.lock", timeout=LOCK_SECONDS)


def _unchanged(path: Path, error: OSError) -> InputError:
    return InputError(f"{path.name} could not be changed: {error.strerror or error}. It is as it was.")


def _format_of(first: bytes, path: Path) -> None:
    """Raises ValueError when the first line says that a newer heelkit wrote this file."""
    try:
        version = json.loads(first).get("heelkit_progress", FORMAT)
    except (ValueError, AttributeError):
        return  # edited by hand: read_events says so, line by line
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(f"{path.name} was written by a newer heelkit (format {version}; this one knows {FORMAT}). Update heelkit; the file is left as it is.")


def _event(kind: str, item: str, *, topic: str, given: str | None, right: bool | None, sure: float | None, at: datetime | None, more: dict | None) -> dict:
    if kind not in KINDS:
        raise InputError(f"Unknown kind of event '{kind}'; it is one of {', '.join(KINDS)}.")
    if sure is not None and not 0 <= sure <= 1:
        raise InputError(f"sure is {sure!r}; it is a probability between 0 and 1.")
    when = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
    named = {"id": uuid.uuid4().hex, "at": when, "kind": kind, "item": item, "topic": topic, "given": given, "right": right, "sure": sure}
    return named | ({"more": more} if more else {})


def record(
    kind: str,
    item: str,
    *,
    topic: str,
    given: str | None = None,
    right: bool | None = None,
    sure: float | None = None,
    more: dict | None = None,
    at: datetime | None = None,
    path: Path | None = None,
) -> str:
    """Keeps one event; returns its id when it is safely on the disk.

    Parameters: `kind` is answer, prediction or case; `item` the question, case or explorer; `topic` what it is counted under; `sure` a
    probability 0..1; `more` anything else that JSON can hold; `at` another time than now.
    Raises InputError, with the file as it was before, when it cannot be written or belongs to a newer heelkit; the event then waits in memory
    and is written with the next one that can be.
    """
    path = path or progress_path()
    event = _event(kind, item, topic=topic, given=given, right=right, sure=sure, at=at, more=more)
    mine = _waiting.setdefault(path, [])
    mine.append((json.dumps(event, ensure_ascii=False) + "\n").encode())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path):
            _append(path, b"".join(mine))
    except OSError as error:
        why = error.strerror or error
        stays = "What is on screen stays, and is kept with your next answer once that works again."
        raise InputError(f"This could not be kept in {path.name}: {why}. {stays}") from None
    mine.clear()
    return event["id"]


def waiting(path: Path | None = None) -> int:
    """How many events could not be written yet and wait in memory for the next one."""
    return len(_waiting.get(path or progress_path(), ()))


def _append(path: Path, line: bytes) -> None:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(file).st_size
        if size == 0:
            line = _HEADER.encode() + line
        else:
            _format_of(os.pread(file, 200, 0).split(b"\n")[0], path)
            if os.pread(file, 1, size - 1) != b"\n":  # somebody was cut off in the middle of a line
                line = b"\n" + line
        try:
            written = 0
            while written < len(line):
                written += os.write(file, line[written:])
            os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, size)  # a full disk must not leave half a line
            raise
    finally:
        os.close(file)


def read_events(path: Path | None = None) -> pd.DataFrame:
    """All events in the order in which they were kept: columns event_id, at (UTC), kind, item, topic, given, right, sure (0..1), more.

    Lines that cannot be read are passed over; `.attrs["problems"]` has one sentence for each. No file is an empty record.
    Raises InputError when the file belongs to a newer heelkit or cannot be opened.
    """
    path = path or progress_path()
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from None
    rows, problems, seen = [], [], set()
    if lines:
        _format_of(lines[0], path)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        event, complaint = _parsed(line)
        if complaint:
            problems.append(f"{path.name}, line {number}: {complaint} The line is left as it is and not counted.")
        elif event and event[0] not in seen:
            seen.add(event[0])
            rows.append(event)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
    frame["sure"] = frame["sure"].astype(float)
    frame.attrs["problems"] = problems
    return frame


def _parsed(line: bytes) -> tuple[tuple | None, str]:
    """The cells of one line, or a sentence on what is wrong with it; neither for the header."""
    try:
        event = json.loads(line)
    except ValueError:
        return None, "this is not a whole line of JSON (cut off, or edited by hand)."
    if not isinstance(event, dict):
        return None, "this is not an event."
    if "heelkit_progress" in event:
        return None, ""
    for name in ("id", "at", "kind", "item", "topic"):
        if not isinstance(event.get(name), str) or not event[name]:
            return None, f"'{name}' is missing or is not text."
    if event["kind"] not in KINDS:
        return None, f"'{event['kind']}' is not one of {', '.join(KINDS)}."
    try:
        if datetime.fromisoformat(event["at"]).tzinfo is None:
            return None, "the time has no time zone."
    except ValueError:
        return None, f"'{event['at']}' is not a time."
    right, sure, more = event.get("right"), event.get("sure"), event.get("more") or {}
    if right not in (True, False, None) or not isinstance(more, dict):
        return None, "'right' must be true, false or null, and 'more' an object."
    if sure is not None and (isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1):
        return None, "'sure' must be a number between 0 and 1."
    return (*(event[k] for k in ("id", "at", "kind", "item", "topic")), event.get("given"), right, sure, more), ""


def import_events(other: str | Path, path: Path | None = None) -> int:
    """Adds the events of a record from another machine that are not here yet; returns how many. All of them or none.

    Raises InputError when the other file is missing, belongs to a newer heelkit, or holds no readable event, and when nothing can be written.
    """
    other, path = Path(other), path or progress_path()
    if not other.is_file():
        raise InputError(f"{other.name}: no such file.")
    theirs = read_events(other)
    if theirs.empty:
        raise InputError(f"{other.name} holds no event that heelkit can read" + (f": {theirs.attrs['problems'][0]}" if theirs.attrs["problems"] else "."))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path):
            known = set(read_events(path)["event_id"])
            fresh = [line for line in other.read_bytes().splitlines() if (event := _parsed(line)[0]) and event[0] not in known]
            if fresh:
                mine = path.read_bytes() if path.exists() else _HEADER.encode()
                write_whole(path, b"\n".join([mine.rstrip(b"\n"), *fresh, b""]), mode=0o600)
    except OSError as error:
        raise _unchanged(path, error) from None
    return len(fresh)


def reset(path: Path | None = None) -> Path | None:
    """Starts a new record; the old file is renamed, never deleted. Returns its new place, None when there was no record.

    Raises InputError, with nothing changed, when the folder cannot be written.
    """
    path = path or progress_path()
    if not path.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    old = path.with_name(f"{path.stem}_{stamp}_{uuid.uuid4().hex[:4]}{path.suffix}")
    try:
        with _lock(path):
            path.rename(old)
    except OSError as error:
        raise _unchanged(path, error) from None
    return old


def _harmless(cell):
    """Text that no spreadsheet takes for a formula: one that would start it gets an apostrophe in front."""
    starts_formula = isinstance(cell, str) and (cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r"))
    return f"'{cell}" if starts_formula else cell


def export(target: str | Path, student: str = "", path: Path | None = None, kinds: Iterable[str] = KINDS) -> Path:
    """Writes the events as CSV for the teacher, with `student` (a name or number of the student's choice) in the first column; returns the file.

    No cell can start a formula in a spreadsheet. Raises InputError when the file cannot be written; then nothing changed.
    """
    events = read_events(path)
    events = events[events["kind"].isin(list(kinds))]
    table = events.assign(at=events["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"), more=events["more"].map(lambda m: json.dumps(m, ensure_ascii=False) if m else ""))
    table.insert(0, "student", student)
    target = Path(target)
    write_whole(target, table.map(_harmless).to_csv(index=False, lineterminator="\n").encode())
    return target
