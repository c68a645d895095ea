# Pytest collects modules for their doctests; these are programs, some of which need the bench extra or a browser.
collect_ignore = ["bench.py", "growth.py", "hub.py", "naive.py", "paint.py", "peers.py", "scale.py", "toggles.py"]
