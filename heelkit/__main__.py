"""The command line: `python -m heelkit` with check, describe, copy, new, cards, case or report."""

import argparse
import sys

from heelkit.errors import InputError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m heelkit", description="heelkit: teaching material, not a medical device.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str):
        return commands.add_parser(name, help=text, description=text)

    for name, text in (("check", "find every problem in the tables"), ("describe", "print the description of the tables")):
        command(name, text).add_argument("folder", nargs="?", help="a data folder; the bundled one by default")
    command("copy", "copy the tables into a folder of your own").add_argument("folder")
    new = command("new", "write a lesson that runs at once, to be filled with your own patient")
    new.add_argument("title")
    new.add_argument("--data", help="your own data folder, which the lesson then uses")
    new.add_argument("--folder", default=".", help="where to write the notebook")
    cards = command("cards", "print condition cards for the class")
    cards.add_argument("ids", nargs="+", metavar="condition_id")
    case = command("case", "print case sheets for the class")
    case.add_argument("ids", nargs="+", metavar="case_id")
    case.add_argument("--answers", action="store_true", help="with every reply and the answer")
    for paper in (cards, case):
        paper.add_argument("--to", default="handout.pdf", help="handout.pdf or handout.html")
        paper.add_argument("--data", help="your own data folder")
        paper.add_argument("--language", default="en")
    report = command("report", "show what a class missed, from the tables that students exported")
    report.add_argument("files", nargs="+")
    report.add_argument("--data", help="your own data folder")
    return parser


def _check(folder: str | None) -> int:
    from heelkit.check import problems

    found = problems(folder)
    for problem in found:
        print(problem)
    print(f"{len(found)} problems." if len(found) != 1 else "1 problem.")
    return 1 if found else 0


def _report(files: list[str], data: str | None) -> None:
    from heelkit import class_report
    from heelkit.tables import load

    kb, events = load(data), class_report.read_exports(files)
    for title, table in (
        ("Questions, the hardest first", class_report.item_statistics(events, kb)),
        ("Not asked in the clinic", class_report.missed_findings(events, kb)),
        ("Places of the lesion", class_report.missed_sites(events, kb)),
    ):
        print(f"\n{title}\n{table.round(2).to_string() if len(table) else 'nothing yet'}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status (0 when all is well, 1 when there are problems)."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "check":
                return _check(options.folder)
            case "describe":
                from heelkit.describe import markdown

                print(markdown(options.folder), end="")
            case "copy":
                from heelkit.teacher import copy_tables

                print(copy_tables(options.folder))
            case "new":
                from heelkit.lesson_template import new_lesson

                print(new_lesson(options.title, options.folder, options.data))
            case "cards" | "case":
                from heelkit import handout
                from heelkit.tables import load

                chosen = {"kb": load(options.data), "language": options.language}
                page = (
                    handout.cards_page(options.ids, **chosen)
                    if options.command == "cards"
                    else handout.case_page(options.ids, answers=options.answers, **chosen)
                )
                print(handout.write_handout(page, options.to))
            case "report":
                _report(options.files, options.data)
    except InputError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
