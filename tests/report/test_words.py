import string

import pytest

from report import Words
from report.words import PHRASES


@pytest.mark.parametrize("key", PHRASES)
def test_both_languages_have_the_same_places(key: str) -> None:
    english, chinese = (
        {name for _, name, _, _ in string.Formatter().parse(phrase) if name} for phrase in PHRASES[key]
    )
    assert english == chinese
    assert any("\u4e00" <= letter <= "\u9fff" for letter in PHRASES[key][1]) or english


def test_areas_and_shares() -> None:
    assert Words("en").area(12_345) == "1.23 ha"
    assert Words("zh").area(20_000) == "2.00 ha（30.00 亩）"
    assert Words("en").area(12.4) == "12 m²"
    assert Words("en").share(0.99999) == "99.99 %"  # never rounded up to everything
    assert Words("en").share(1.0) == "100.00 %"
    assert Words("en").share(0.5) == "50.00 %"
    assert Words("en").share(float("nan")) == "-"
