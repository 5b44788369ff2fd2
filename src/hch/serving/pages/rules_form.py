"""A project's rules as a form and as sentences, and read back from what a form sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hch.people.store.projects import Rules
from hch.serving.pages.wording import duration, number_of

CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "other_side": (
        ("people", "other people"),
        ("model", "the model that this server runs"),
        ("run", "the training run that made the project"),
    ),
    "view": (
        ("everything", "all of it"),
        ("contents", "its table of contents"),
        ("nothing", "nothing of it"),
    ),
    "judging": (
        ("none", "nobody"),
        ("rate", "judges, from 0 to 10"),
        ("choose", "judges, between two"),
    ),
}

LABELS = {
    "other_side": "Who answers what H asks",
    "view": "What H sees of a text",
    "judging": "Who judges answers",
    "depth": "Levels below a question",
    "consultations": "Questions below a question",
    "words": "Words below a question",
    "copies": "People to each question",
    "judges": "Judges to each answer",
    "lease_seconds": "Minutes to keep a question",
    "withdraw_seconds": "Minutes to take back",
}
LIMITS = {"depth": (0, 20), "copies": (1, 20), "judges": (1, 20), "consultations": (0, 100_000), "words": (0, 10**9)}
MOST_MINUTES = 30 * 24 * 60
OPTIONAL = ("consultations", "words")
IN_MINUTES = ("lease_seconds", "withdraw_seconds")
LONGEST = {"title": 200, "about": 2000}
NAMES = tuple(field.name for field in msgspec.structs.fields(Rules))


class RulesError(ValueError):
    """A form that spells no rules; says which field, and what was expected."""


def as_typed(rules: Rules) -> dict[str, str]:
    """Rules as the fields of a form have them."""
    return {name: _typed(name, getattr(rules, name)) for name in NAMES}


def typed_in(form: Mapping[str, Any]) -> dict[str, str]:
    """What somebody typed into the fields, to be shown again where it was not understood."""
    return {name: value if isinstance(value := form.get(name), str) else "" for name in NAMES}


def rules_from(typed: Mapping[str, str]) -> Rules:
    """The rules that a form spells. Raises RulesError."""
    rules = Rules(**{field.name: _value(field.name, field.type, typed) for field in msgspec.structs.fields(Rules)})
    if rules.judging == "choose" and rules.copies < 2:
        raise RulesError("to choose between two answers, judges need at least 2 people who answer each question")
    return rules


def in_sentences(rules: Rules) -> list[str]:
    """What the rules come to, for people."""
    sees = dict(CHOICES["view"])[rules.view].replace("its", "the")
    said = [f"Each question is answered by {number_of(rules.copies, 'person', 'people')}, who see {sees}."]
    if rules.copies > 1:
        said[0] = said[0].replace(", who see", " unseen by each other, who see")
    if rules.depth and rules.consultations != 0:
        limits = [f"{number_of(rules.depth, 'level')} deep"]
        if rules.consultations is not None:
            limits.append(f"{number_of(rules.consultations, 'question')} in all")
        if rules.words is not None:
            limits.append(f"with {number_of(rules.words, 'word')} of answers in all")
        said.append(f"Before they reply they may ask {_asked(rules)}: at most {', '.join(limits)}.")
        if rules.view != "everything" and rules.readers_see_all and rules.other_side == "people":
            said.append("Whoever can ask nobody sees the whole text.")
    else:
        said.append("They answer alone.")
    if rules.suggest:
        said.append("They are shown the model’s own answer, to be made better.")
    match rules.judging:
        case "rate":
            said.append(f"Each answer is rated from 0 to 10 by {number_of(rules.judges, 'judge')}.")
        case "choose":
            says = "judge says" if rules.judges == 1 else "judges say"
            said.append(f"Of two answers that differ, {rules.judges} {says} which is better.")
        case "none":
            pass
    said.append(
        f"Who gives no sign of life for {duration(rules.lease_seconds)} loses the question to somebody else; what was "
        f"submitted can be taken back for {duration(rules.withdraw_seconds)}."
    )
    return said


def _asked(rules: Rules) -> str:
    match rules.other_side:
        case "people":
            return "other people simpler questions"
        case "model":
            return "a model simpler questions"
        case "run":
            return "the model in training simpler questions"


def _typed(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else f"{value / 60:g}" if name in IN_MINUTES else str(value)


def _value(name: str, type_: Any, typed: Mapping[str, str]) -> Any:
    sent = typed.get(name, "").strip()
    if type_ is bool:
        return sent == "on"
    if name in LONGEST:
        if len(sent) > LONGEST[name]:
            raise RulesError(f"“{name}” has at most {LONGEST[name]} letters")
        return sent.replace("\r\n", "\n")
    if name in CHOICES:
        if sent not in [each for each, _ in CHOICES[name]]:
            raise RulesError(f"choose one of what is offered for “{LABELS[name]}”")
        return sent
    return _number(name, sent)


def _number(name: str, sent: str) -> float | None:
    if not sent and name in OPTIONAL:
        return None
    least, most = (0, MOST_MINUTES) if name in IN_MINUTES else LIMITS[name]
    try:
        found = float(sent) if name in IN_MINUTES else int(sent)
    except ValueError:
        raise RulesError(f"“{LABELS[name]}” needs a number") from None
    if not least <= found <= most:
        raise RulesError(f"“{LABELS[name]}” goes from {least:,} to {most:,}")
    return found * 60 if name in IN_MINUTES else found
