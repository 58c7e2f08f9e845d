"""docs/quality.md is written by several benchmarks; none loses what another wrote."""

from __future__ import annotations

from tests.bench.sections import with_section, written_with_sections

PAGE = "# Quality\n\nSearch.\n"


def test_a_section_comes_at_the_end_and_is_replaced_in_its_place() -> None:
    once = with_section(PAGE, "language-model", "## Leash\n\n1 of 2\n")
    twice = with_section(with_section(once, "door", "## Door"), "language-model", "## Leash\n\n2 of 2\n")
    assert once.startswith(PAGE)
    assert twice.count("## Leash") == 1
    assert twice.index("2 of 2") < twice.index("## Door")


def test_a_page_made_anew_keeps_the_sections_of_others() -> None:
    before = with_section(with_section(PAGE, "language-model", "## Leash"), "door", "## Door")
    after = written_with_sections("# Quality\n\nSearch, measured again.\n", before)
    assert after.startswith("# Quality\n\nSearch, measured again.\n")
    assert after.index("## Leash") < after.index("## Door")
    assert written_with_sections(PAGE, PAGE) == PAGE
