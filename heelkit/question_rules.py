"""What a question needs: one best answer, options of its own, an objective of its own lesson, and a topic that is really taught."""

from collections import Counter, defaultdict

from heelkit.check import Table

FEWEST, MOST = 4, 5


def one_best_answer(questions: Table, question_options: Table):
    """Four or five different options, lettered without a gap, exactly one of them right."""
    options = defaultdict(list)
    for row, cells in question_options.rows:
        options[cells["question_id"]].append((row, cells))
    for row, cells in questions.rows:
        question_id, mine = cells["question_id"], options[cells["question_id"]]
        if not FEWEST <= len(mine) <= MOST:
            yield questions.problem(row, "question_id", f"'{question_id}' has {len(mine)} options in {question_options.path}; it needs {FEWEST} or {MOST}.")
            continue
        right = [option["letter"] for _, option in mine if option["right"] == "true"]
        if len(right) != 1:
            named = f"{len(right)} right options ({', '.join(right)})" if right else "no right option"
            yield question_options.problem(mine[0][0], "right", f"'{question_id}' has {named}; exactly one must be right.")
        if sorted(option["letter"] for _, option in mine) != list("ABCDE"[: len(mine)]):
            yield question_options.problem(mine[0][0], "letter", f"the letters of '{question_id}' must run from A to {'ABCDE'[len(mine) - 1]} without a gap.")
        for text, times in Counter(option["option"].strip().lower() for _, option in mine).items():
            if times > 1:
                yield question_options.problem(mine[0][0], "option", f"'{question_id}' offers '{text}' {times} times.")
        if not cells["lead_in"].endswith("?"):
            yield questions.problem(row, "lead_in", f"the lead-in of '{question_id}' must be a question and end with a question mark.")


def own_lesson(questions: Table, objectives: Table):
    """A question, its key and its objective belong to the same lesson."""
    lesson = {c["objective_id"]: c["notebook"] for _, c in objectives.rows}
    for row, cells in objectives.rows:
        if not cells["objective_id"].startswith(cells["notebook"] + "_"):
            yield objectives.problem(row, "objective_id", f"'{cells['objective_id']}' must begin with its notebook, '{cells['notebook']}_'.")
    for row, cells in questions.rows:
        if not cells["question_id"].startswith(cells["notebook"] + "_"):
            yield questions.problem(row, "question_id", f"'{cells['question_id']}' must begin with its notebook, '{cells['notebook']}_'.")
        if lesson.get(cells["objective_id"], cells["notebook"]) != cells["notebook"]:
            theirs = lesson[cells["objective_id"]]
            yield questions.problem(row, "objective_id", f"'{cells['objective_id']}' is an objective of notebook {theirs}, not of {cells['notebook']}.")


QUESTION_RULES = {
    one_best_answer: ("questions", "question_options"),
    own_lesson: ("questions", "objectives"),
}
