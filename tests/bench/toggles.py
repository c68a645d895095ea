"""What `paint.py` and `growth.py` do to every explorer: how it is made, which control is used, and where its answer stands.

A new explorer gets a row here and a naive version in `naive.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from heelkit import KnowledgeBase
from heelkit.explore.root_maps import filled_maps


@dataclass(frozen=True)
class Toggle:
    """One explorer and its typical control. `fire`, `before` are JavaScript: `root` is the explorer, `i` the number of the toggle."""

    name: str
    make: str  #: Python that makes it, with its answer open
    control: str  #: the control in words
    fire: str  #: the input event that is timed
    answer: str  #: selector of what only the answer changes
    by: str = "kernel"  #: who knows the answer: the kernel, or the page
    before: str = ""  #: what has to be done between two toggles; not timed
    naive: str = "root.querySelector('button.widget-toggle-button').click();"
    states: Callable[[KnowledgeBase], list[dict]] = lambda kb: []  #: traits that the page sends, in turn (for the memory of the kernel)


MENU = """const menu = root.querySelector('{menu}');
    menu.selectedIndex = (7 * i + 3) % menu.options.length;
    menu.dispatchEvent(new Event('change', {{ bubbles: true }}));"""
NAIVE_MENU = """const menu = root.querySelector('select');
    menu.selectedIndex = 1 - menu.selectedIndex;
    menu.dispatchEvent(new Event('change', { bubbles: true }));"""
SLIDE = """const slider = root.querySelector('{slider}');
    slider.value = Number(slider.min) + 2 * (3 + 7 * i % 11) * slider.step;
    slider.dispatchEvent(new Event('input'));"""
EACH = "const all = [...root.querySelectorAll('{all}')]; all[({step} * (i >> {shift})) % all.length].click();"
MAPS = ["keegan_garrett_1948", "kine_assessment"]
FOOT_DROP = "weak=['tibialis_anterior'], strong=['tibialis_posterior'], numb=['foot_dorsum_central']"

TOGGLES = [
    Toggle(
        "conditions",
        "conditions(present=['first_step_pain', 'start_up_stiffness'], absent=['fever'], predict=False)",
        "a finding, present or not asked",
        EACH.format(all='.hk-finding [data-state="present"]:not([data-finding^="first"], [data-finding^="start"], [data-finding="fever"])', step=37, shift=1),
        ".hk-ranking, .hk-reasons",
        states=lambda kb: [{"answers": {"start_up_stiffness": "present", finding: "present"}} for finding in kb.findings.index],
    ),
    Toggle(
        "skin",
        f"skin('root_s1', '{MAPS[0]}', revealed=True)",
        "the menu of dermatome maps",
        MENU.format(menu='label:not([hidden]) select[aria-label="Dermatome map"]'),
        ".hk-part h3, .hk-answers",
        by="page",
        naive=NAIVE_MENU,
        states=lambda kb: [{"dermatome_map": name} for name in filled_maps(kb)],
    ),
    Toggle(
        "lesion",
        "lesion('site_root_s1', predict=False)",
        "the menu of dermatome maps, all that is lost on show",
        MENU.format(menu='select[aria-label="Dermatome map"]'),
        ".hk-answer-side",
        naive=NAIVE_MENU,
        states=lambda kb: [{"dermatome_map": name} for name in filled_maps(kb)],
    ),
    Toggle(
        "wiring",
        "wiring('tibial_nerve_popliteal', predict=False)",
        "a box of the diagram",
        """const boxes = root.querySelectorAll('[data-node]');
            boxes[(13 * i + 1) % boxes.length].dispatchEvent(new MouseEvent('click', { bubbles: true }));""",
        ".hk-lists",
        by="page",
        naive=NAIVE_MENU,
        states=lambda kb: [{"node_id": node} for node in kb.nodes.index],
    ),
    Toggle(
        "where",
        f"where({FOOT_DROP}, predict=False)",
        "a muscle, weak or not examined",
        EACH.format(all='[data-trait="muscles"][data-state="weak"]:not([data-id^="tibialis"])', step=7, shift=1),
        ".hk-sites",
        states=lambda kb: [{"muscles": {"tibialis_anterior": "weak", muscle: "weak"}} for muscle in kb.muscles.index],
    ),
    Toggle(
        "odds",
        "odds('deep_vein_thrombosis', 'emergency_department', {'wells_dvt_high': 'present'}, predict=False)",
        "a test, positive or not done",
        EACH.format(all='[data-result="present"]:not([data-test^="wells"])', step=1, shift=1),
        ".hk-chain, .hk-verdict, .hk-nothing",
        states=lambda kb: [{"tests": [[test, result]]} for test in ("wells_dvt_high", "d_dimer_raised") for result in ("present", "absent")],
    ),
    Toggle(
        "next_test",
        "next_test(present=['tingling', 'numb_sole_medial'])",
        "a question, committed",
        "root.querySelector('.hk-predict .hk-primary').click();",
        ".hk-cards",
        before="""if (root.classList.contains('hk-revealed')) {
                root.querySelector('.hk-cards').nextElementSibling.click();
                await until(() => !root.classList.contains('hk-revealed'));
            }
            const rows = [...root.querySelectorAll('.hk-candidate')].filter((node) => !node.hidden), row = rows[37 * i % rows.length];
            if (row.getAttribute('aria-pressed') === 'false') row.click();""",
        naive=NAIVE_MENU,
        states=lambda kb: [{"choice": choice} for finding in kb.findings.index[:50] if finding != "tingling" for choice in (finding, None)],
    ),
    Toggle(
        "quiz",
        "quiz('04')",
        "an answer, committed",
        "root.querySelector('.hk-predict .hk-primary').click();",
        ".hk-options, .hk-verdict",
        by="page",
        before="""root.querySelectorAll('.hk-step')[i % 8].click();
            const again = [...root.querySelectorAll('.hk-controls > button')].at(-1);
            if (root.querySelector('.hk-explained')) { again.click(); root.querySelectorAll('.hk-step')[i % 8].click(); }
            root.querySelectorAll('.hk-options input')[i % 4].click();""",
        naive=NAIVE_MENU,
        states=lambda kb: [{"answers": {question: "A"}} for question in kb.questions.index[kb.questions["notebook"] == "04"]],
    ),
    Toggle(
        "card",
        "card('tarsal_tunnel_syndrome', predict=False)",
        "the menu of conditions",
        MENU.format(menu=".hk-controls select"),
        ".hk-page",
        naive=NAIVE_MENU,
        states=lambda kb: [{"condition": condition} for condition in kb.conditions.index],
    ),
    Toggle(
        "claims",
        "claims('treatments_plantar_heel')",
        "a verdict, committed",
        "root.querySelector('.hk-predict > .hk-primary').click();",
        ".hk-refs, .hk-score",
        by="page",
        before="""const items = root.querySelectorAll('.hk-item');
            items[i % items.length].click();
            if (root.querySelector('.hk-predict').hidden) root.querySelector('.hk-row > button:not(.hk-primary)').click();
            root.querySelectorAll('.hk-choice')[i % 4].click();""",
        naive=NAIVE_MENU,
        states=lambda kb: [{"verdicts": {claim: "partly"}} for claim in kb.claims.index[kb.claims["article_id"] == "treatments_plantar_heel"]],
    ),
    Toggle(
        "alarms",
        "alarms()",
        "a decision, committed",
        "root.querySelector('.hk-decide .hk-primary').click();",
        ".hk-after",
        by="page",
        before="""if (root.querySelectorAll('.hk-step')[i % 8].textContent.includes(' ')) [...root.querySelectorAll('.hk-controls > button')].at(-1).click();
            root.querySelectorAll('.hk-step')[i % 8].click();
            root.querySelectorAll('.hk-choices input')[i % 4].click();""",
        naive=NAIVE_MENU,
        states=lambda kb: [{"answers": {story: "today"}} for story in kb.alarms.index],
    ),
    Toggle(
        "pressure",
        "pressure('chronic_exertional', predict=False)",
        "the slider of the half time",
        SLIDE.format(slider='[data-slider="half_time"]'),
        ".hk-readings tbody",
        naive=NAIVE_MENU,
        states=lambda kb: [{"half_time": 2 + n / 2} for n in range(15)],
    ),
    Toggle(
        "timeline",
        "timeline({'metronidazole': {'started': 60, 'stopped': 10}, 'statins': 900}, onset=18, predict=False)",
        "the slider of the onset",
        SLIDE.format(slider='input[type="range"][data-part="onset"]'),
        ".hk-answers",
        naive=NAIVE_MENU,
        states=lambda kb: [{"onset": days} for days in range(60)],
    ),
    Toggle(
        "clinic",
        "clinic()",
        "a question to the patient",
        "root.querySelectorAll('.hk-candidate:not([disabled])')[7 * (i % 10)].click();",
        ".hk-replies",
        before="""if (root.querySelectorAll('.hk-reply').length >= 10) {
                root.querySelector('.hk-controls > button').click();
                await until(() => !root.querySelector('.hk-reply'));
            }""",
        naive=NAIVE_MENU,
        states=lambda kb: [{"asked": list(kb.findings.index[n : n + 8])} for n in range(60)],
    ),
    Toggle(
        "progress",
        "progress()",
        "a lesson, of a record of 300 answers",
        EACH.format(all=".hk-topics button", step=1, shift=0),
        ".hk-due",
        naive=NAIVE_MENU,
        states=lambda kb: [{"topic": topic} for topic in ("01", "04", None)],
    ),
]
