"""A project's rules as the fields of a form and as sentences, and read back from the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hch.people.store.projects import Rules
from hch.serving.pages.formatting import duration, number_of
from hch.serving.pages.forms import normalize_breaks

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
    """A field with a wrong value; names the field, and what was expected."""


def form_fields(rules: Rules) -> dict[str, str]:
    """The fields of a form with these rules, as text."""
    return {name: _field_text(name, getattr(rules, name)) for name in NAMES}


def read_fields(form: Mapping[str, Any]) -> dict[str, str]:
    """The texts in the fields of a form, to be shown again if they are wrong."""
    return {name: value if isinstance(value := form.get(name), str) else "" for name in NAMES}


def rules_from(fields: Mapping[str, str]) -> Rules:
    """The rules that the fields of a form give. Raises RulesError."""
    rules = Rules(
        **{
            field.name: _value(field.name, field.type, fields.get(field.name, "").strip())
            for field in msgspec.structs.fields(Rules)
        }
    )
    if rules.judging == "choose" and rules.copies < 2:
        raise RulesError("to choose between two answers, judges need at least 2 people who answer each question")
    return rules


def rule_sentences(rules: Rules) -> list[str]:
    """The rules in sentences, for people."""
    sees = dict(CHOICES["view"])[rules.view].replace("its", "the")
    people = "1 person, who sees" if rules.copies == 1 else f"{rules.copies} people unseen by each other, who see"
    sentences = [f"Each question is answered by {people} {sees}."]
    if rules.depth and rules.consultations != 0:
        limits = [f"{number_of(rules.depth, 'level')} deep"]
        if rules.consultations is not None:
            limits.append(f"{number_of(rules.consultations, 'question')} in all")
        if rules.words is not None:
            limits.append(f"with {number_of(rules.words, 'word')} of answers in all")
        other_side = {"people": "other people", "model": "a model", "run": "the model in training"}[rules.other_side]
        sentences.append(f"Before they reply they may ask {other_side} simpler questions: at most {', '.join(limits)}.")
        if rules.view != "everything" and rules.readers_see_all and rules.other_side == "people":
            sentences.append("Whoever can ask nobody sees the whole text.")
    else:
        sentences.append("They answer alone.")
    if rules.suggest:
        sentences.append("They are shown the model’s own answer, to be made better.")
    match rules.judging:
        case "rate":
            sentences.append(f"Each answer is rated from 0 to 10 by {number_of(rules.judges, 'judge')}.")
        case "choose":
            judges = number_of(rules.judges, "judge says", "judges say")
            sentences.append(f"Of two answers that differ, {judges} which is better.")
        case "none":
            pass
    sentences.append(
        f"Somebody who gives no sign of life for {duration(rules.lease_seconds)} loses the question to somebody "
        f"else; a submission can be taken back for {duration(rules.withdraw_seconds)}."
    )
    return sentences


def _field_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else f"{value / 60:g}" if name in IN_MINUTES else str(value)


def _value(name: str, type_: Any, text: str) -> Any:
    """The value of a rule. Raises RulesError."""
    if type_ is bool:
        return text == "on"
    if name in LONGEST:
        if len(text) > LONGEST[name]:
            raise RulesError(f"“{name}” has at most {LONGEST[name]} letters")
        return normalize_breaks(text)
    if name in CHOICES:
        if text not in dict(CHOICES[name]):
            raise RulesError(f"choose one of the options for “{LABELS[name]}”")
        return text
    return _number(name, text)


def _number(name: str, text: str) -> float | None:
    if not text and name in OPTIONAL:
        return None
    least, most = (0, MOST_MINUTES) if name in IN_MINUTES else LIMITS[name]
    try:
        number = float(text) if name in IN_MINUTES else int(text)
    except ValueError:
        raise RulesError(f"“{LABELS[name]}” needs a number") from None
    if not least <= number <= most:
        raise RulesError(f"“{LABELS[name]}” goes from {least:,} to {most:,}")
    return number * 60 if name in IN_MINUTES else number
