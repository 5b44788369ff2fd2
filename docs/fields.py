"""Shows the fields of a class that have no docstring together, as they are declared, and not each under a heading."""

from __future__ import annotations

from typing import Any

import griffe


class Fields(griffe.Extension):
    """Runs after griffe's own extension for dataclasses, which reads signatures from the fields."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Called when all modules are loaded."""
        for module in pkg.modules.values():
            if not module.is_alias:
                self.on_package(pkg=module)
        for cls in pkg.classes.values():
            if not cls.is_alias:
                gather(cls)


def gather(cls: griffe.Class) -> None:
    """Moves the undocumented fields of a class, and of the classes in it, into its docstring."""
    for inner in cls.classes.values():
        if not inner.is_alias:
            gather(inner)
    lines = []
    for name, member in list(cls.attributes.items()):
        if name.startswith("_") or member.is_alias or member.docstring or "property" in member.labels:
            continue
        annotation = f": {member.annotation}" if member.annotation else ""
        lines.append(f"{name}{annotation}" + (f" = {member.value}" if member.value is not None else ""))
        del cls.members[name]
    if lines and "dataclass" not in cls.labels:
        text = cls.docstring.value if cls.docstring else ""
        cls.docstring = griffe.Docstring("\n".join([text, "", "```python", *lines, "```"]), parent=cls)
