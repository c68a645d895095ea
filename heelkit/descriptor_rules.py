"""What a folder's own `datapackage.json` must promise, so that its tables can be read and no reference goes unchecked."""

import json
from pathlib import Path

from heelkit.check import Problem, suggest
from heelkit.tables import bundled_folder, read_descriptor

FILE = "datapackage.json"
SAME_IN_TABLE = ("primaryKey", "foreignKeys")
SAME_IN_FIELD = ("references", "separator")
SPOILED = "it does not have the form of a Frictionless Data Package; start again from a copy of heelkit's own."


def descriptor_problems(descriptor: dict) -> list[Problem]:
    """What heelkit needs and this descriptor does not promise; what a teacher adds to it is free."""
    needed = read_descriptor(bundled_folder())
    if json.dumps(descriptor) == json.dumps(needed):  # as text, because True == 1
        return []
    try:
        sentences = [*_lacking(needed, descriptor)] or [*_misshapen(descriptor)]
    except (AttributeError, KeyError, TypeError):
        sentences = [SPOILED]
    return [Problem(FILE, 0, "", sentence) for sentence in sentences]


def _lacking(needed: dict, descriptor: dict):
    """Tables, fields, types and references that are described in heelkit's own descriptor only."""
    mine = {r.get("name"): r for r in descriptor.get("resources", [])}
    for table in needed["resources"]:
        name, schema = table["name"], table["schema"]
        if name not in mine:
            yield f"table '{name}' ({table['path']}) is not described" + suggest(name, mine)
            continue
        my_schema = mine[name].get("schema", {})
        fields = {f.get("name"): f for f in my_schema.get("fields", [])}
        for part in SAME_IN_TABLE:
            if my_schema.get(part) != schema.get(part):
                yield f"table '{name}' must have the {part} {schema.get(part)}, as in heelkit's own."
        for field in schema["fields"]:
            if field["name"] not in fields:
                yield f"table '{name}' has no field '{field['name']}'" + suggest(field["name"], fields)
                continue
            my_field = fields[field["name"]]
            if my_field.get("type") != field["type"]:
                yield f"field '{field['name']}' of table '{name}' must have the type {field['type']}."
            for part in SAME_IN_FIELD:
                if my_field.get(part) != field.get(part):
                    yield f"field '{field['name']}' of table '{name}' must have the {part} {field.get(part)!r}, as in heelkit's own."


def _misshapen(descriptor: dict):
    """What the standard does not allow, and what a further table of a teacher needs to be read."""
    from frictionless import Package  # slow to import

    for resource in descriptor["resources"]:
        name, path, schema = resource["name"], resource.get("path"), resource["schema"]
        if not (isinstance(path, str) and schema.get("fields") and schema.get("primaryKey")):
            yield f"table '{name}' needs a path, fields and a primaryKey."
        elif Path(path).is_absolute() or ".." in Path(path).parts:
            yield f"the path '{path}' leads out of the folder."
        for field in schema["fields"]:
            limits = [field.get("constraints", {}).get(limit, 0) for limit in ("minimum", "maximum")]
            if any(isinstance(limit, bool) or not isinstance(limit, int | float) for limit in limits):
                yield f"the limits of field '{field['name']}' of table '{name}' must be numbers."
    for error in Package.validate_descriptor(descriptor).flatten(["note"]):
        yield f"{error[0]}."
