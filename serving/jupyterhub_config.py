"""What a class needs of any JupyterHub. `tests/serving/test_hub.py` runs a hub with it; zero_to_jupyterhub.yaml says the same for Kubernetes."""

c = get_config()  # noqa: F821  JupyterHub defines it

c.JupyterHub.concurrent_spawn_limit = 200  # so many servers may be starting at a time; whoever comes then is told to try again in a minute
c.Spawner.start_timeout = 300  # seconds; JupyterHub's own 60 and 30 give up on servers that are only slow because everybody comes at once
c.Spawner.http_timeout = 300
c.Spawner.mem_limit = "1G"  # three lessons open
c.Spawner.default_url = "/lab"
c.Spawner.args = [  # a student's server asks nothing of other machines
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]
