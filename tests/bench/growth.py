"""What 5,000 toggles leave in a kernel's memory: `python tests/bench/growth.py`. Linux; a Markdown table.

Each explorer lives in a kernel of its own and gets the messages that its page would send, one after the other, each answered before the next.
They run through many findings, maps, conditions or times, not two states in turn. Memory is what the kernel's process keeps for itself (USS),
read after a warm-up of 500 toggles, in which caches fill, and after 5,000 more, each time after a garbage collection.
"""

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel
from paint import RECORD, load, table
from toggles import TOGGLES, Toggle

import heelkit

LIMIT_MB, WARM_UP = 5, 500


def done(client, message_id: str) -> list[dict]:
    """What the kernel publishes until it has dealt with this message."""
    said = []
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return said
        said.append(message)


def run(client, code: str) -> str:
    """Runs code; what it printed. Raises RuntimeError when it failed."""
    said = done(client, client.execute(code))
    if errors := [m["content"]["evalue"] for m in said if m["msg_type"] == "error"]:
        raise RuntimeError(errors[0])
    return "".join(m["content"]["text"] for m in said if m["msg_type"] == "stream").strip()


def send(client, comm: str, state: dict) -> None:
    """A change of traits, as the page sends it; waits for the answer."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    client.shell_channel.send(message)
    done(client, message["header"]["msg_id"])


def growth(toggle: Toggle, toggles: int) -> tuple[float, float, float]:
    """Megabytes after the warm-up, megabytes added by so many toggles, and milliseconds a toggle."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        kernel = psutil.Process(manager.provisioner.pid)
        run(client, "import gc, heelkit" + (RECORD if toggle.name == "progress" else ""))
        comm = run(client, f"explorer = heelkit.explore.{toggle.make}; print(explorer.model_id)")
        states = itertools.cycle(toggle.states(heelkit.load()))

        def used(messages: int) -> float:
            for state in itertools.islice(states, messages):
                send(client, comm, state)
            run(client, "gc.collect()")
            return kernel.memory_full_info().uss / 1e6

        before, start = used(WARM_UP), time.perf_counter()
        after = used(toggles)
        assert not run(client, "print(explorer.notice)"), "the explorer refused a state"
        return before, after - before, (time.perf_counter() - start) / toggles * 1e3
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="explorers; all without one")
    parser.add_argument("--toggles", type=int, default=5000)
    arguments = parser.parse_args()
    chosen = [t for t in TOGGLES if t.name in arguments.names or not arguments.names]
    load()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HEELKIT_PROGRESS"] = str(Path(home) / "progress.jsonl")  # nobody's own record
        rows = ((toggle, *growth(toggle, arguments.toggles)) for toggle in chosen)
        told = ([f"`{t.name}`", f"{start:.0f}", f"{more:+.1f}", f"{ms:.1f}", "met" if more < LIMIT_MB else "**missed**"] for t, start, more, ms in rows)
        table(["Explorer", "after 500, MB", f"{arguments.toggles:,} more, MB", "ms a toggle", f"< {LIMIT_MB} MB"], told)
    load()


if __name__ == "__main__":
    main()
