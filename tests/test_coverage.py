"""What the lessons promised to teach is taught where `coverage.csv` says, in the words it says."""

import json
import re
from pathlib import Path

import pytest

import heelkit

FOLDER = Path(__file__).parent.parent / "notebooks"
COVERAGE = heelkit.load().coverage

# Each word must stand in the topic of some row of the lesson. Written from what was promised, not from the table.
PROMISED = {
    "06": """anatomy; distribution; Tinel; conduction; orthos; release; medial calcaneal; risk factor; Baxter; plantar fasci; space-occupying;
             scar; sural; saphenous; fibular; plantar nerve""",
    "07": """plantar fascia; spur; fat pad; stress fracture; Achilles insertion; bursa; Sever; tarsal joint; spine; pelvis; limb axis;
             circulation; foot deformity; Achilles contracture; diabetes; spondyloarthritis; osteoporosis; overweight; footwear;
             training load; warm-up; anti-inflammator; laser; ultrasound; iontophoresis; cryotherapy; insole; exercise; surgery;
             pressure; theor; rest; physiotherapy; fasciotomy; acute compartment; chronic exertional""",
    "08": """length-dependent; small fiber; autonomic; Charcot foot; chemotherapy; metronidazole; fluoroquinolone; anticonvulsant; amiodarone;
             time relation; B12; B1; B6; alcohol; thyroid; kidney; idiopathic; CIDP; Guillain; hereditary; peripheral artery;
             venous; vasculitis; cold""",
    "09": """sciatic; stenosis; L5; S1; S2; cauda equina; cord; nerve; fracture; dislocation; compartment; scar; gastrocnemius; tibial nerve;
             benign fasciculation; motor neuron; worry; reassure; without evidence""",
    "10": "; ".join(name for name in heelkit.load().red_flags["name"]),
    "11": """claim; tight shoes; always serious; which tests; balance; home remed; see someone; glucose; hydration; medicines; footwear;
             exercise; self-examination; diet; Spanish""",
}
TOPICS = [(notebook, re.sub(r"\s+", " ", topic).strip()) for notebook, text in PROMISED.items() for topic in text.split(";")]


def sections(number: str) -> dict[str, str]:
    """Heading of each section of a lesson -> all that it says and prints, in lower case without line ends."""
    found, heading = {}, ""
    (path,) = FOLDER.glob(f"{number}_*.ipynb")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            if named := re.search(r"^## (.+)$", source, re.MULTILINE):
                heading = named[1].strip()
            text = source
        else:
            shown = [[o.get("text", ""), *(o.get("data", {}).get(kind, "") for kind in ("text/plain", "text/html"))] for o in cell["outputs"]]
            text = " ".join("".join(part) for output in shown for part in output)
        found[heading] = found.get(heading, "") + " " + text
    return {heading: re.sub(r"[\s*_]+", " ", text).lower() for heading, text in found.items()}


@pytest.mark.parametrize(("notebook", "topic"), TOPICS, ids=lambda value: value)
def test_every_promised_topic_has_a_row(notebook, topic):
    topics = COVERAGE.loc[COVERAGE["notebook"] == notebook, "topic"]
    assert topics.str.contains(topic, case=False, regex=False).any()


@pytest.mark.parametrize("notebook", sorted(PROMISED))
def test_every_row_is_taught_in_the_section_that_it_names(notebook):
    said = sections(notebook)
    for row in COVERAGE[COVERAGE["notebook"] == notebook].itertuples():
        assert row.section in said, row.Index
        missing = [word for word in row.says.split(";") if re.sub(r"[\s*_]+", " ", word).strip().lower() not in said[row.section]]
        assert missing == [], row.Index
