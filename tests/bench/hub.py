"""Students who all arrive at once: `python tests/bench/hub.py --students 5 10 20`, with the environment of `make serving`. Prints a row per class.

A JupyterHub with the settings of serving/jupyterhub_config.py runs on this computer. Every student's server is started at the same moment; then
comes what their link does: the course (the last commit of this repository) is pulled, JupyterLab's page is fetched, and a kernel runs all cells of
a lesson. No browser runs, and nothing limits memory or cores. With `--limit N`, no more than N servers start at a time; who is refused (429)
comes back when told to. Memory is the proportional set size (PSS), which shares out what processes share; Linux only.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import aiohttp
import nbformat
import psutil
from memory import CROWD_NOTEBOOK, megabytes, processor_seconds

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "serving"))
from trial_hub import TrialHub  # noqa: E402

HEADER = ["Students", "JupyterLab answers, s", "Lesson has run, s", "Refused at first"]
HEADER += ["A student: MB", "Of it server", "Core s", "Hub, proxy: MB", "Core s"]


def row(cells: list) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def spread(seconds: list[float]) -> str:
    """First, median and last."""
    return " / ".join(f"{s:.0f}" for s in (min(seconds), statistics.median(seconds), max(seconds)))


async def start_server(web, name: str) -> int:
    """Asks for a student's server until it answers; returns how often that was refused."""
    refused = 0
    while True:
        async with web.post(f"hub/api/users/{name}/server") as answer:
            if answer.status != 429:
                break
            refused += 1
            await asyncio.sleep(int(answer.headers["Retry-After"]))
    async with web.get(f"hub/api/users/{name}/server/progress") as events:
        async for line in events.content:
            if b'"failed": true' in line:
                raise RuntimeError(f"{name}'s server did not start: {line.decode()}")
            if b'"ready": true' in line:
                return refused
    raise RuntimeError(f"nobody knows whether {name}'s server started")


async def run_lesson(web, name: str, folder: str) -> None:
    """Runs all cells of the student's lesson in a kernel that stays."""
    async with web.post(f"user/{name}/api/kernels", json={"name": "python3", "path": folder}) as answer:
        kernel = (await answer.json())["id"]
    notebook = nbformat.read(ROOT / "notebooks" / f"{CROWD_NOTEBOOK}.ipynb", as_version=4)
    async with web.ws_connect(f"user/{name}/api/kernels/{kernel}/channels", max_msg_size=0) as channel:
        for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
            header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3", "session": name, "username": name}
            content = {"code": cell.source, "silent": False, "store_history": True, "allow_stdin": False}
            await channel.send_json({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
            async for message in channel:
                reply = json.loads(message.data)
                if reply["msg_type"] == "execute_reply" and reply["parent_header"]["msg_id"] == header["msg_id"]:
                    assert reply["content"]["status"] == "ok", reply["content"]
                    break


async def student(web, name: str, branch: str) -> tuple[float, float, int]:
    """Seconds until JupyterLab answered and until the lesson had run, and how often the student was refused."""
    start = time.perf_counter()
    refused = await start_server(web, name)
    async with web.get(f"user/{name}/git-pull/api", params={"repo": f"file://{ROOT}", "branch": branch, "targetpath": "course"}) as pull:
        assert '"phase": "finished"' in await pull.text()
    async with web.get(f"user/{name}/lab") as page:
        assert page.ok
    answered = time.perf_counter() - start
    await run_lesson(web, name, "course/notebooks")
    return answered, time.perf_counter() - start, refused


async def arrive(hub: TrialHub, names: list[str]) -> list[tuple[float, float, int]]:
    """All of them, at the same moment."""
    branch = subprocess.run(["git", "branch", "--show-current"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    patient = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"{hub.url}/", headers={"Authorization": f"token {hub.token}"}, timeout=patient, connector=connector) as web:
        return await asyncio.gather(*(student(web, name, branch) for name in names))


def measure(students: int, limit: int | None) -> str:
    """One class, as a row."""
    with tempfile.TemporaryDirectory() as folder, TrialHub(Path(folder), f"c.JupyterHub.concurrent_spawn_limit = {limit}\n" if limit else "") as hub:
        names = [f"student{number}" for number in range(students)]
        hub.ask("hub/api/users", {"usernames": names}, "POST")
        answered, done, refused = zip(*asyncio.run(arrive(hub, names)), strict=True)
        everything = psutil.Process(hub.process.pid)
        servers = [child for child in everything.children() if "singleuser" in " ".join(child.cmdline())]
        memory, alone = sum(megabytes(one, "pss") for one in servers), sum(one.memory_full_info().pss for one in servers) / 1e6
        work = sum(map(processor_seconds, servers))
        costs = [memory / students, alone / students, work / students, megabytes(everything, "pss") - memory, processor_seconds(everything) - work]
        figures = [f"{cost:.{digits}f}" for cost, digits in zip(costs, (0, 0, 1, 0, 1), strict=True)]
        return row([students, spread(answered), spread(done), sum(count > 0 for count in refused), *figures])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[5, 10, 20])
    parser.add_argument("--limit", type=int, help="concurrent_spawn_limit, instead of the recommended one")
    arguments = parser.parse_args()
    print(row(HEADER), "|---" * len(HEADER) + "|", sep="\n")
    for number in arguments.students:
        print(measure(number, arguments.limit), flush=True)
