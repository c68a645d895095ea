"""The command line: `python -m heelkit check [folder]` and `python -m heelkit describe [folder]`."""

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status (0 when all is well, 1 when there are problems)."""
    parser = argparse.ArgumentParser(prog="python -m heelkit", description="heelkit: teaching material, not a medical device.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("check", "find every problem in the tables"), ("describe", "print the description of the tables")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("folder", nargs="?", help="a data folder; the bundled one by default")
    options = parser.parse_args(arguments)
    if options.command == "describe":
        from heelkit.describe import markdown

        print(markdown(options.folder), end="")
        return 0
    from heelkit.check import problems

    found = problems(options.folder)
    for problem in found:
        print(problem)
    print(f"{len(found)} problems." if len(found) != 1 else "1 problem.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
