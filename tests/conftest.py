import shutil
from pathlib import Path

import pytest

from heelkit.tables import bundled_folder


@pytest.fixture(scope="session")
def worked_example(tmp_path_factory) -> Path:
    """The small data folder of the worked example: four conditions, six findings, the bundled descriptor."""
    folder = tmp_path_factory.mktemp("data") / "worked_example"
    shutil.copytree(Path(__file__).parent / "worked_example", folder)
    shutil.copy(bundled_folder() / "datapackage.json", folder)
    return folder
