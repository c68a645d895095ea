# Pytest collects modules for their doctests; these two are programs that need the bench extra.
collect_ignore = ["bench.py", "peers.py"]
