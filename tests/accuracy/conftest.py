"""`make accuracy` runs these files as scripts; tests/test_accuracy_report.py tests them."""

collect_ignore_glob = ["*.py"]
