"""The few things both the reader and the writer need from lxml's elements."""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

Element = etree._Element  # pyright: ignore[reportPrivateUsage]  # lxml gives its element class no public name


def local_name(element: Element) -> str:
    """Return the tag without its namespace, and without a prefix that nobody declared."""
    return _local_part(element.tag)


@lru_cache(maxsize=1024)
def _local_part(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield the child elements with one of these local names."""
    return (child for child in element if local_name(child) in names)


def text_within(element: Element) -> str:
    """Return all text inside the element, without the blanks around it."""
    return "".join(str(text) for text in element.itertext()).strip()
