"""A page as a browser's parser sees it: elements, attributes, text."""

from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


class ParsedPage(HTMLParser):
    """Collects the elements with their attributes, the text outside <style>, and the style sheets."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.styles: list[str] = []
        self.unbalanced: list[str] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """The text with runs of white space as one space."""
        return " ".join(" ".join(self._texts).split())

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every element with the names of its attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def having(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every `tag` that has the wanted ones."""
        return [a for name, a in self.elements if name == tag and wanted.items() <= a.items()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            self.styles.append(data)
        else:
            self._texts.append(data)
