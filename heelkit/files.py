"""Files that are written whole or not at all."""

import contextlib
import os
import uuid
from pathlib import Path

from heelkit.errors import InputError


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Puts this content in place of the file, which keeps its old content until the new one is safely on the disk.

    Parameters: `mode` are the rights of a new file. Raises InputError, with nothing changed, when it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # where nothing can be written, nothing can be removed either
            beside.unlink(missing_ok=True)
        raise InputError(f"{path.name} could not be written: {error.strerror or error}. Nothing changed.") from None
