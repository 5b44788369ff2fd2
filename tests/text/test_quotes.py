from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hch.text.quotes import Grade, check

EXACT, TYPOGRAPHIC, ELIDED, ABSENT = Grade.EXACT, Grade.TYPOGRAPHIC, Grade.ELIDED, Grade.ABSENT

texts = st.text(alphabet=st.sampled_from("abc 12.,-%'\"\u2019\u201c\u2014\u2026\\\n\u200b()["), max_size=30)
sentence = st.lists(
    st.sampled_from(["he", "did", "not", "steal", "15%", "-3.5", "it", "party"]), min_size=1, max_size=9
)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("1.5%", "It rose by 15%."),
        ("-15%", "It rose by 15%."),
        ("15%", "It fell by -15%."),
        ("15%", "It rose by 1.15%."),
        ("15", "It rose by 15%."),
        ("5%", "It rose by 1.5%."),
        ("500", "It cost 1,500."),
        (".5", "It is 1.5 long."),
        ("5", "It is .5 long."),
        ("15%", "It rose by \u221215%."),
        ("art", "the party"),
        ("part", "the party"),
        ("guilty", "the not-guilty verdict"),
        ("cafe", "the cafe\u0301"),
        ("", "anything"),
        (" \n", "anything"),
        ("...", "anything... at all"),
        ("the \u2026", "the party"),
        ("\u2026 party", "the party"),
        ("the \u2026 ,", "the good, old party"),
        ("\u2026", "anything"),
        ("did steal", "He did not steal it."),
        ("did not steal", "He did steal it."),
        ("He Did", "He did steal it."),
        ("-15%", "so \u201415% of it"),
        ("colour", "color"),
        ("a b", "ab"),
        ("ab", "a b"),
    ],
)
def test_what_the_source_does_not_say_is_absent(quote: str, source: str) -> None:
    quoted = check(quote, source)
    assert (quoted.grade, quoted.spans, quoted.direct) == (ABSENT, (), False)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("15%", "It rose by 15%."),
        ("-15%", "It fell by -15%."),
        ("1,500.25", "It cost 1,500.25 in all."),
        ("party", "the party"),
        ("don't", "I don't."),
        (r"C:\new\1", r"in C:\new\1 there"),
        ("not-guilty", "the not-guilty verdict"),
        ("  the party \n", "at the party"),
        ('"the party"', "at the party"),
        ("x (y)", "f is x (y)."),
    ],
)
def test_what_the_source_says_is_exact(quote: str, source: str) -> None:
    quoted = check(quote, source)
    assert quoted.grade is EXACT
    assert source[slice(*quoted.spans[0])] == quote.strip().strip('"')


@pytest.mark.parametrize(
    ("quote", "source", "said"),
    [
        ('he said "no"', "and he said \u201cno\u201d.", "he said \u201cno\u201d"),
        ("it's so", "yes, it\u2019s so", "it\u2019s so"),
        ("one - two", "one \u2014 two", "one \u2014 two"),
        ("3-5 days", "in 3\u20135 days", "3\u20135 days"),
        ("-15%", "fell by \u221215%", "\u221215%"),
        ("and so on...", "and so on\u2026", "and so on\u2026"),
        ("a long line", "a long\n   line", "a long\n   line"),
        ("a long line", "a long\u00a0line", "a long\u00a0line"),
        ("caf\u00e9 au", "the cafe\u0301 au lait", "cafe\u0301 au"),
        ("hidden", "hid\u00adden", "hid\u00adden"),
    ],
)
def test_typography_does_not_matter_and_what_stands_there_is_handed_back(quote: str, source: str, said: str) -> None:
    quoted = check(quote, source)
    assert quoted.grade is TYPOGRAPHIC
    assert source[slice(*quoted.spans[0])] == said


@pytest.mark.parametrize("gap", ["\u2026", "...", "[\u2026]", "[...]", " \u2026 "])
def test_words_may_be_left_out_where_the_quote_says_so_and_in_order_only(gap: str) -> None:
    source = "He did not steal it, and he did not run."
    quoted = check(f"He did{gap}steal it", source)
    assert quoted.grade is ELIDED
    assert [source[slice(*span)] for span in quoted.spans] == ["He did", "steal it"]
    assert check(f"steal it{gap}He did", source).grade is ABSENT


def test_a_gap_has_an_end() -> None:
    source = f"yes {'x ' * 20}no"
    assert check("yes \u2026 no", source, most_elided=20).grade is ELIDED
    assert check("yes \u2026 no", source, most_elided=19).grade is ABSENT


def test_each_gap_is_counted_from_the_end_of_the_part_before_it() -> None:
    source = f"yes x one two {'x ' * 20}no"
    assert check("yes \u2026 one two \u2026 no", source, most_elided=20).grade is ELIDED
    assert check("yes \u2026 one two \u2026 no", source, most_elided=19).grade is ABSENT


@pytest.mark.parametrize("quote", ["he \u2026 it] ran", "he [did \u2026 ran", "he X \u2026 ran"])
def test_only_brackets_right_around_a_gap_belong_to_it(quote: str) -> None:
    assert check(quote, "he did so and it ran").grade is ABSENT
    assert check(quote, "he [did so, X and it] ran").grade is (ABSENT if "X" in quote else ELIDED)


def test_a_gap_is_looked_for_in_every_place_before_it_is_given_up() -> None:
    source = f"a b {'x ' * 30}a c d"
    assert check("a \u2026 d", source, most_elided=5).grade is ELIDED


@given(sentence, st.data())
def test_a_piece_of_a_text_at_whole_words_is_exact(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    assert check(" ".join(words[start:end]), " ".join(words)).grade is EXACT


@given(sentence, sentence)
def test_what_is_direct_stands_there_word_for_word(quote: list[str], source: list[str]) -> None:
    there = any(source[i : i + len(quote)] == quote for i in range(len(source)))
    assert check(" ".join(quote), " ".join(source)).direct == there


@given(texts, texts)
@example("\\", "\\")
def test_any_text_can_be_checked_and_nothing_is_repaired(quote: str, source: str) -> None:
    quoted = check(quote, source)
    assert all(0 <= start < end <= len(source) for start, end in quoted.spans)
    assert list(quoted.spans) == sorted(quoted.spans)
    if quoted.grade is EXACT:
        assert source[slice(*quoted.spans[0])] in quote
    if quoted.direct:

        def letters(text: str) -> str:
            return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())

        assert letters(source[slice(*quoted.spans[0])]) == letters(quote)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_at_all_breaks_it(quote: str, source: str) -> None:
    assert check(quote, source).grade in Grade


@given(st.text(max_size=40))
def test_a_text_with_a_word_in_it_quotes_itself(text: str) -> None:
    if any(map(str.isalnum, text)) and not {'"', "'"} & set(text):
        assert check(text, text).direct


@given(sentence, st.data())
def test_a_gap_leaves_something_out(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, len(words)))
    before, after = ["so", *words[:start]], [*words[end:], "there"]
    found = check(f"{' '.join(before)} \u2026 {' '.join(after)}", f"so {' '.join(words)} there")
    # All words stand there but for those in the gap; where that is none of them, the source has no such gap.
    assert found.grade is (ELIDED if start < end else ABSENT)
