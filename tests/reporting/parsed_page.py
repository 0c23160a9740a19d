"""A page as a browser's parser sees it: elements, attributes, text."""

from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


class ParsedPage(HTMLParser):
    """Collects the elements with their attributes, the text people read, style sheets, scripts and embedded data.

    What stands in <template> is no part of the page before a script puts it there, and is left out.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.styles: list[str] = []
        self.scripts: list[str] = []
        self.embedded: list[str] = []
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
        self._note(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "template" not in self._open:
            self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "style":
            self.styles.append(data)
        elif inside == "script":
            is_data = self.elements[-1][1].get("type") == "application/json"
            (self.embedded if is_data else self.scripts).append(data)
        elif "template" not in self._open:
            self._texts.append(data)
