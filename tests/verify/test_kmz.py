import pytest

from verify.kmz import rank_style


@pytest.mark.parametrize(
    ("count", "styles"),
    [(1, "t"), (2, "tl"), (5, "tmlll"), (10, "ttmmmlllll")],
)
def test_styles_by_rank(count: int, styles: str) -> None:
    letters = {"suspect-top": "t", "suspect-middle": "m", "suspect-low": "l"}
    assert "".join(letters[rank_style(rank, count)] for rank in range(1, count + 1)) == styles
