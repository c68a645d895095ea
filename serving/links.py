"""Links that open a lesson, for a course page: `python serving/links.py OWNER/REPOSITORY [address of a JupyterHub]`. Nothing is contacted."""

import sys
from pathlib import Path
from urllib.parse import quote, urlencode

LESSONS = tuple(path.stem for path in sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb")))
HOST = "https://github.com"  # where the course's copy of this repository lives
BINDER = "https://mybinder.org/v2/gh"


def binder_link(lesson: str, repository: str) -> str:
    """The address that starts one lesson on Binder.

    >>> binder_link("00_start_here", "OWNER/REPOSITORY")
    'https://mybinder.org/v2/gh/OWNER/REPOSITORY/HEAD?urlpath=lab/tree/notebooks/00_start_here.ipynb'
    """
    return f"{BINDER}/{repository}/HEAD?urlpath={quote(f'lab/tree/notebooks/{lesson}.ipynb')}"


def hub_link(lesson: str, repository: str, hub: str, branch: str = "main") -> str:
    """The address that copies the course into a student's folder on a JupyterHub (nbgitpuller) and opens one lesson.

    `repository` is owner/name on the code host, or a full address. A student's own changes are kept when the course changes.

    >>> hub_link("00_start_here", "OWNER/REPOSITORY", "https://hub.example.org")[:72]
    'https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgi'
    """
    address = repository if ":" in repository else f"{HOST}/{repository}"
    folder = address.rstrip("/").rsplit("/", 1)[-1]
    wanted = {"repo": address, "branch": branch, "urlpath": f"lab/tree/{folder}/notebooks/{lesson}.ipynb"}
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(wanted)}"


def main(repository: str, hub: str | None = None) -> None:
    """Prints a table of links: to Binder, and to a hub when its address is given."""
    print("| lesson | Binder |" + (" JupyterHub |" if hub else ""), "|---|---|" + ("---|" if hub else ""), sep="\n")
    for lesson in LESSONS:
        row = f"| `{lesson}` | [launch]({binder_link(lesson, repository)}) |"
        print(row + (f" [open]({hub_link(lesson, repository, hub)}) |" if hub else ""))


if __name__ == "__main__":
    main(*sys.argv[1:3])
