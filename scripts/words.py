"""Holds the words of docs/vocabulary.md: which names and terms may not come back.

``python scripts/words.py [FILE…]`` prints each breach as ``file:line: what and why`` and exits with 1 if there is one.
Without files it reads all of src/, tests/, benchmarks/, examples/, docs/ and the pages at the top.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

IRREGULAR = frozenset(
    (
        "asked",
        "drawn",
        "told",
        "said",
        "found",
        "given",
        "made",
        "held",
        "known",
        "written",
        "taken",
        "seen",
        "shown",
        "kept",
        "begun",
        "gone",
        "heard",
        "met",
        "sent",
        "spoken",
        "sought",
        "thought",
        "understood",
        "built",
        "bought",
        "brought",
        "chosen",
        "forgotten",
        "laid",
        "lent",
        "meant",
        "paid",
        "stuck",
        "struck",
        "sworn",
        "thrown",
        "worn",
        "won",
    )
)
"""Participles without -ed. What is a noun, an adjective or a verb of its own as well is left out."""

NO_PARTICIPLES = frozenset(("seed", "feed", "need", "embed", "shed", "speed", "exceed", "proceed", "succeed"))
"""Words in -ed that are none."""

NOUNS = frozenset(("weighted_log_likelihood", "held_out_instance", "outdated_lines"))
"""Functions that are named by the thing that they give, which a participle tells from others of its kind."""

VARIABLES = frozenset(("found", "each"))
"""Names that say nothing of the thing that they name."""

TERMS: dict[str, str] = {
    r"(?<!log-)(?<!log_)\bodds\b": "a softmax gives probabilities (probs, log_probs); log-odds only of strengths",
    r"\bexaminations?\b": "evaluation",
    r"\bapprentice(ship)?\b": "H′, imitated human",
    r"\bset_exam\b|\bexam\b": "evaluation, EvalSet",
    r"\bteachers?\b": "EMA model",
}
"""Terms of the first version, each with the field's own."""

ALLOWED: dict[str, frozenset[str]] = {
    "docs/vocabulary.md": frozenset(("teacher", "exam")),
    "docs/findings-log.md": frozenset(("teacher",)),
    "src/hch/tasks/documents.py": frozenset(("teacher",)),
    "src/hch/tasks/words.py": frozenset(("teacher",)),
    "docs/training.md": frozenset(("teacher",)),
    "src/hch/training/first_version.py": frozenset(TERMS),
    "CHANGELOG.md": frozenset(TERMS),
    "scripts/words.py": frozenset(TERMS),
}
"""Files that may name a term: the page that explains it, what was said in its time, and tasks about teachers."""

SUFFIXES = (".py", ".md", ".html", ".js", ".toml")


def breaches(path: Path) -> Iterator[tuple[int, str]]:
    """Each line of a file with what is wrong in it."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        # In tests and tools a helper may be what it gives; in the source a function is named by a verb.
        yield from name_breaches(ast.parse(text), functions=path.is_relative_to(ROOT / "src"))
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    allowed = ALLOWED.get(name, frozenset())
    for number, line in enumerate(text.splitlines(), 1):
        if "words: as they were" in line:  # a wire name or a stream's name, which must stay
            continue
        for pattern, instead in TERMS.items():
            for match in re.finditer(pattern, line, re.IGNORECASE):
                if match[0].lower() not in allowed and pattern not in allowed:
                    yield number, f"“{match[0]}”: {instead}"


def name_breaches(tree: ast.Module, functions: bool = True) -> Iterator[tuple[int, str]]:
    """Functions named by a participle, and variables that name nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if functions and is_participle(node.name) and not says_whether(node):
                yield node.lineno, f"function {node.name}: a function is named by a verb"
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            for argument in arguments:
                if argument.arg in VARIABLES:
                    yield argument.lineno, f"argument {argument.arg}: name the thing"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VARIABLES:
            yield node.lineno, f"variable {node.id}: name the thing"


def is_participle(name: str) -> bool:
    """Whether a function's name is a participle or begins with one: ``granted``, ``changed_words``."""
    return name not in NOUNS and participle(name.strip("_").split("_")[0])


def participle(word: str) -> bool:
    """Whether a word is a past participle."""
    return word in IRREGULAR or (len(word) > 4 and word.endswith("ed") and word not in NO_PARTICIPLES)


def says_whether(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is an adjective rightly: a property, a test, or one that returns a bool."""
    if node.name.startswith("test_") or node.name.startswith("__"):
        return True
    for decorator in node.decorator_list:
        shown = ast.unparse(decorator)
        if "property" in shown or "fixture" in shown or shown.endswith(".setter"):
            return True
    return node.returns is not None and ast.unparse(node.returns).startswith("bool")


def all_files() -> list[Path]:
    """Every file that is checked."""
    folders = ("src", "tests", "benchmarks", "examples", "docs", "scripts")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES]
    files += sorted(ROOT.glob("*.md"))
    return [path for path in files if "fixtures" not in path.parts and "static" not in path.parts]


def main() -> int:
    """Prints the breaches, and returns the exit code."""
    count = 0
    for path in [Path(name).resolve() for name in sys.argv[1:]] or all_files():
        for number, what in breaches(path):
            shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            sys.stdout.write(f"{shown}:{number}: {what}\n")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
