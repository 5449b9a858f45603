from html.parser import HTMLParser

from report import html

NASTY = "<script>alert(1)</script>\"'&"


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_page_shows_texts_and_obeys_none() -> None:
    body = [
        html.lead(NASTY),
        html.paragraph(NASTY),
        html.heading(NASTY),
        html.listing([NASTY]),
        html.table([NASTY], [[NASTY], ["b"]], marked=[1]),
        html.picture(b"\x89PNG", NASTY),
    ]
    page = html.page(NASTY, "zh", body, [NASTY])
    seen = Collector()
    seen.feed(page)
    assert "script" not in seen.tags
    assert seen.text.count(NASTY) == 9  # title, heading, five texts of the body and two cells, footer
    assert '<html lang="zh">' in page
    assert page.count('<tr class="bad">') == 1
    assert "default-src 'none'" in page
