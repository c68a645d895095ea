"""A JupyterHub on this computer with the settings of jupyterhub_config.py and made-up students, for tests and measurements; never for a class.

`python serving/trial_hub.py FOLDER` keeps one running: anybody may log in under any name, and every student's files are in FOLDER/students.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SETTINGS = Path(__file__).resolve().parent / "jupyterhub_config.py"
TRIAL = """
load_subconfig({settings!r})
c = get_config()
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {students!r} + "/{{username}}"
c.Spawner.args = [*c.Spawner.args, *{more!r}]
c.JupyterHub.services = [{{"name": "teacher", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{"name": "teacher", "services": ["teacher"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}]
"""


def free_ports(number: int) -> list[int]:
    """Ports of this computer that nobody listens on."""
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class TrialHub:
    """A running hub: `url`, `students` (the folder of their folders), and `ask` for the teacher's requests. Use it in a `with` statement.

    `more` are lines of Python after the settings, for example "c.JupyterHub.concurrent_spawn_limit = 2". Every student gets a home folder and a
    server of their own, but no limit of memory: that needs systemd or Kubernetes.
    """

    def __init__(self, folder: Path, more: str = ""):
        self.students, self.log, self.config = folder / "students", folder / "hub.log", folder / "trial_config.py"
        self.students.mkdir(parents=True)
        port, hub_port, proxy_port = free_ports(3)
        self.url, self.token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
        root = ["--allow-root"] if os.geteuid() == 0 else []
        names = {"settings": str(SETTINGS), "url": self.url, "hub_port": hub_port, "proxy_port": proxy_port}
        self.config.write_text(TRIAL.format(**names, students=str(self.students), token=self.token, more=root) + more, encoding="utf-8")

    def ask(self, path: str, body=None, method: str = "GET"):
        """What the hub answers, from JSON, or a student's server (`user/NAME/...`); raises urllib's HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data=data, method=method, headers={"Authorization": f"token {self.token}"})
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            error.close()
            raise

    def __enter__(self) -> "TrialHub":
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "jupyterhub", "--config", str(self.config)]
            self.process = subprocess.Popen(command, cwd=self.config.parent, env=os.environ | {"PATH": path}, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask("hub/api/")
                return self
            except OSError:  # also urllib's errors
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError(f"JupyterHub did not start:\n{self.log.read_text()[-3000:]}") from None
                time.sleep(0.2)

    def __exit__(self, *error):
        self.process.terminate()  # stops the students' servers and the proxy, too
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    with TrialHub(Path(sys.argv[1]).resolve()) as hub:
        print(f"{hub.url}: log in under any name; Ctrl+C ends it", flush=True)
        hub.process.wait()
