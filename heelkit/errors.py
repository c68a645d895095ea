"""What heelkit raises when it is asked something it cannot answer: one plain sentence, also in a notebook."""


class InputError(ValueError):
    """A wrong input. The message says what is wrong with which value and, for ids, names the nearest valid ones.

    Jupyter shows the sentence alone, without the stack of calls that led to it: a student needs no more.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class TableError(InputError):
    """A table cannot be used. The message names file, row and column."""
