"""What one student costs a server: `python tests/bench/memory.py`. Prints memory (MB), waiting and processor time (s), a row per notebook.

One JupyterLab server runs on 127.0.0.1; every notebook is run from top to bottom in a kernel of its own, which is measured and then
stopped. Resident memory counts pages that processes share more than once, so the sum for a class is an upper bound; the proportional
set size (PSS) shares them out. Linux only. With `--students N`, N kernels of one notebook are kept at the same time, and the figure is
the memory that the whole machine lost, divided by N.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CROWD_NOTEBOOK = "04_which_condition_fits"


def megabytes(process: psutil.Process, kind: str = "rss") -> float:
    """Memory of a process and its children; `kind` is rss or pss."""
    return sum(getattr(p.memory_full_info(), kind) for p in [process, *process.children(recursive=True)]) / 1e6


def processor_seconds(process: psutil.Process) -> float:
    """Seconds of one core that a process and its children, also those that have ended, have used: the same on an idle and on a busy machine."""
    return sum(sum(p.cpu_times()[:4]) for p in [process, *process.children(recursive=True)])


def start_server(home: Path) -> tuple[subprocess.Popen, float]:
    """A JupyterLab that knows nothing of this computer's settings, and the seconds until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_WORKSPACES_DIR")
    token, start = secrets.token_hex(16), time.perf_counter()
    environment = os.environ | {name: str(home / name.lower()) for name in own} | {"JUPYTER_TOKEN": token}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={home}"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab?token={token}", timeout=30):
                return server, time.perf_counter() - start
        except OSError:
            if server.poll() is not None or time.perf_counter() - start > 120:
                raise SystemExit("JupyterLab did not start.") from None
            time.sleep(0.1)


def run_notebook(name: str) -> tuple[KernelManager, float]:
    """Runs one notebook from top to bottom; returns its kernel, still running, and the seconds from its start to the last cell."""
    notebook, manager = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4), KernelManager()
    client, start = NotebookClient(notebook, km=manager, timeout=300), time.perf_counter()
    manager.start_kernel(cwd=str(NOTEBOOKS))
    with client.setup_kernel(cleanup_kc=False):
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        done = time.perf_counter() - start
        client.kc.stop_channels()
        return manager, done


def kernel_process(manager: KernelManager) -> psutil.Process:
    return psutil.Process(manager.provisioner.pid)


def measure_each() -> None:
    """Prints a row per notebook, and the server."""
    print("| notebook | kernel, resident MB | shared out (PSS) MB | start and all cells, s | of one core, s |\n|---|---|---|---|---|")
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        manager, done = run_notebook(path.stem)
        process = kernel_process(manager)
        print(f"| `{path.stem}` | {megabytes(process):.0f} | {megabytes(process, 'pss'):.0f} | {done:.1f} | {processor_seconds(process):.1f} |", flush=True)
        manager.shutdown_kernel(now=True)


def measure_server() -> None:
    """Prints what a student's own server takes before any kernel runs."""
    with tempfile.TemporaryDirectory() as home:
        server, seconds = start_server(Path(home))
        process = psutil.Process(server.pid)
        print(f"| the server alone | {megabytes(process):.0f} | {megabytes(process, 'pss'):.0f} | {seconds:.1f} | {processor_seconds(process):.1f} |")
        server.terminate()
        server.wait()


def measure_crowd(students: int) -> None:
    """Prints the memory of many kernels at once, per student."""
    before, managers = psutil.virtual_memory().available, []
    for _ in range(students):
        managers.append(run_notebook(CROWD_NOTEBOOK)[0])
    used = (before - psutil.virtual_memory().available) / 1e6 / students
    shared = [megabytes(kernel_process(manager), "pss") for manager in managers]
    for manager in managers:
        manager.shutdown_kernel(now=True)
    print(json.dumps({"kernels": students, "machine_mb_per_kernel": round(used), "pss_mb_per_kernel": round(sum(shared) / students)}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=0, help="so many kernels at once instead of one after the other")
    arguments = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a student's Python keeps what it has compiled
    os.environ["HEELKIT_PROGRESS"] = str(Path(tempfile.mkdtemp()) / "none.jsonl")  # nobody's own record
    if arguments.students:
        measure_crowd(arguments.students)
    else:
        measure_each()
        measure_server()
