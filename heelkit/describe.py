"""The data folder in words: `data/README.md` is made from `datapackage.json` and never edited by hand."""

from pathlib import Path

from heelkit.tables import bundled_folder, read_descriptor


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _allowed(field: dict, keys: dict[str, str]) -> str:
    constraints = field.get("constraints", {})
    parts = []
    if constraints.get("required"):
        parts.append("required")
    if "enum" in constraints:
        parts.append("one of " + ", ".join(f"`{v}`" for v in constraints["enum"]))
    if "minimum" in constraints or "maximum" in constraints:
        parts.append(f"{constraints.get('minimum', '')} to {constraints.get('maximum', '')}".strip())
    if field["name"] in keys:
        parts.append(f"id from `{keys[field['name']]}`")
    if "references" in field:
        parts.append(f"ids from `{field['references']}`, joined by `{field['separator']}`")
    return "; ".join(parts)


def markdown(folder: str | Path | None = None) -> str:
    """Markdown that describes every table and field of a data folder (the bundled one by default).

    Raises TableError when the folder has no readable descriptor.
    """
    package = read_descriptor(Path(folder) if folder else bundled_folder())
    lines = [
        f"# {package['title']}",
        "",
        f"{package['description']} Version {package['version']}, license {package['licenses'][0]['title']}.",
        "",
        "This page is made from `datapackage.json` by `make docs`. Check the tables with `python -m heelkit check`.",
        "",
    ]
    for resource in package["resources"]:
        schema = resource["schema"]
        key = schema["primaryKey"]
        keys = {k["fields"]: k["reference"]["resource"] for k in schema.get("foreignKeys", [])}
        lines += [f"## {resource['path']}", "", resource["description"], ""]
        lines += [f"Key: {', '.join(f'`{k}`' for k in ([key] if isinstance(key, str) else key))}.", ""]
        lines += ["| field | type | unit | allowed | meaning |", "|---|---|---|---|---|"]
        for field in schema["fields"]:
            cells = [f"`{field['name']}`", field["type"], field.get("unit", ""), _allowed(field, keys), field["description"]]
            lines.append("| " + " | ".join(_cell(c) for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)
