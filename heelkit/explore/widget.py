"""What the explorers of nerves share: a state that is set as a whole or not at all, and an output that stays readable as a picture."""

import anywidget
import traitlets

from heelkit.differential import as_ids
from heelkit.errors import InputError
from heelkit.language import ENGLISH
from heelkit.progress import progress_path, waiting
from heelkit.tables import unknown


def check_known(what: str, given, valid) -> None:
    """Raises ValueError, naming the nearest valid ids, when one of the `given` is not among the `valid`.

    >>> check_known("side", ["rigth"], ["right", "left"])
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown side 'rigth'; nearest: 'right'.
    """
    if strangers := [i for i in given if i not in valid]:
        raise unknown(what, strangers, valid)


def check_choice(state: dict, key: str, what: str, valid) -> None:
    """Raises ValueError when the one id under this key is unknown; no key and None are right."""
    if state.get(key) is not None:
        check_known(what, [state[key]], valid)


def check_chosen(state: dict, key: str, what: str, valid) -> None:
    """Makes what stands under this key a list of ids. Raises ValueError when one is unknown; no key is right."""
    if key in state:
        state[key] = as_ids(state[key])
        check_known(what, state[key], valid)


def check_revealed(state: dict) -> None:
    """Raises ValueError when `revealed` is there and neither True nor False."""
    if not isinstance(state.get("revealed", False), bool):
        raise InputError(f"revealed must be True or False, not {state['revealed']!r}.")


def html_table(heads, rows) -> str:
    """A table without style, for pages on which no widget can live. Heads and cells are HTML: the caller escapes.

    >>> html_table(["site", "chance"], [["L5 root", "51%"]])
    '<table><tr><th>site</th><th>chance</th></tr><tr><td>L5 root</td><td>51%</td></tr></table>'
    """
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{cells}</table>"


class Explorer(anywidget.AnyWidget):
    """A widget that is still readable where no widget can live: it draws itself in `_picture`. What a student commits, it keeps in `_keep`."""

    notice = traitlets.Unicode("").tag(sync=True)  # why something could not be kept in the student's record

    def set_state(self, sync_data):
        """Takes what the page sends. Only this is the student's doing: a state that a notebook sets is never kept.

        What no button sends (a page and tables that do not belong together) is put back, on the page as well.
        """
        before = {name: getattr(self, name) for name in sync_data if name in self.keys}
        try:
            super().set_state(sync_data)
            self._believe(sync_data)
        except (AttributeError, KeyError, TypeError, ValueError, traitlets.TraitError) as problem:
            with self.hold_trait_notifications():
                for name, value in before.items():
                    setattr(self, name, value)
            self.send_state(list(before))
            self.notice = self.words["not_usable"].format(why=problem)
            return
        try:
            self._keep(sync_data)
        except InputError as problem:
            english = self.words.get("lang", ENGLISH) == ENGLISH
            self.notice = str(problem) if english else self.words["not_kept"].format(file=progress_path().name)
        else:
            if self.notice and not waiting():
                self.notice = ""

    def _follow(self, *names: str) -> None:
        """Calls `_refresh` now, and from now on when one of these traits has changed: once, however many of them change together."""
        shown = None

        def refresh(_=None):
            nonlocal shown
            if (now := [getattr(self, name) for name in names]) != shown:
                self._refresh()
                shown = now

        refresh()
        self.observe(refresh, list(names))

    def _believe(self, changed: dict) -> None:
        """Raises ValueError when the page sent what no button sends; nothing to do where the view of such a state fails by itself."""

    def _keep(self, changed: dict) -> None:
        """Puts what the student has just committed into their record; `changed` holds the traits that the page sent."""

    def _picture(self) -> str:
        """HTML without style and script, because code-hosting pages remove both."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        found = super()._repr_mimebundle_(**kwargs)
        data = found[0] if isinstance(found, tuple) else found
        data["text/plain"] = repr(self)
        data["text/html"] = self._picture()  # what a code-hosting page shows, where no widget can live
        return found


class NerveExplorer(Explorer):
    """An explorer: names the parts of its state in `PARTS`, checks new ones in `_checked`.

    Where a student commits to several answers, one after another, `ANSWERS` names the trait that holds them: question id -> answer.
    """

    PARTS: tuple[str, ...] = ()
    ANSWERS = ""
    confirmed = traitlets.Dict().tag(sync=True)  # the commitments that Python has heard of; a page that waits for them says so

    @traitlets.default("confirmed")
    def _nothing_confirmed(self) -> dict:
        return {self.ANSWERS: {}} if self.ANSWERS else {}

    def _checked(self, new: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        raise NotImplementedError

    def _believe(self, changed: dict) -> None:
        self._checked(self.state)

    def _state(self) -> dict:
        return {part: value.copy() if isinstance(value := getattr(self, part), list | dict) else value for part in self.PARTS}

    @property
    def state(self) -> dict:
        """What the student has set."""
        return self._state()

    @state.setter
    def state(self, state: dict):
        traits = self._checked(dict(state))
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)
        if self.ANSWERS:
            self._fresh()  # set by a notebook, so not the student's

    def _fresh(self) -> dict:
        """The answers that are new since the last call; one that was taken back and given again is new."""
        known, answers = self.confirmed[self.ANSWERS], dict(getattr(self, self.ANSWERS))
        self.confirmed = {self.ANSWERS: answers}
        return {key: answer for key, answer in answers.items() if known.get(key) != answer}

    def __repr__(self):
        shown = {k: v for k, v in self.state.items() if v not in (None, [], {}, False)}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"
