from html.parser import HTMLParser

from tests.serve.serving import API, serving
from voltape.serve.reference import reference_page

VOID = {"meta", "link", "br"}


class Reader(HTMLParser):
    """Checks that tags close in turn, and collects what could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in ("src", "style") or tag == "link"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_interface_describes_itself() -> None:
    """As OpenAPI 3.1, with every route and what it answers."""
    async with serving() as site:
        document = (await site.http.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert {f"{API}/tickers", f"{API}/chains/{{underlying}}/{{expiry}}", "/readyz"} <= set(
            document["paths"]
        )
        answers = document["paths"][f"{API}/chains/{{underlying}}/{{expiry}}"]["get"]["responses"]
        assert set(answers) >= {"200", "404", "422"}
        assert "application/problem+json" in answers["404"]["content"]
        ticker = document["components"]["schemas"]["Ticker"]["properties"]
        assert list(ticker)[:3] == ["symbol", "underlying", "settle"]
        assert {one["type"] for one in ticker["bid_price"]["oneOf"]} == {"number", "null"}


async def test_the_page_shows_all_of_it_and_loads_nothing() -> None:
    """It works without the internet and under the strictest policy."""
    async with serving() as site:
        answer = await site.http.get("/docs")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        reader = Reader()
        reader.feed(answer.text)
        assert reader.open == []
        assert reader.loads == []
        assert f"GET {API}/tickers" in reader.text
        assert "min_open_interest" in reader.text
        assert "number or null" in reader.text


def test_text_of_the_document_cannot_become_markup() -> None:
    """Names and descriptions are escaped."""
    page = reference_page(
        {
            "info": {"title": "<script>", "version": "1", "description": "<b>"},
            "paths": {
                "/<i>": {
                    "get": {
                        "summary": "<u>",
                        "responses": {"200": {"description": "<a>"}},
                        "parameters": [{"name": "<p>", "in": "query", "description": "<q>"}],
                    }
                }
            },
            "components": {"schemas": {"<s>": {"properties": {"<t>": {"enum": ["<v>"]}}}}},
        }
    ).decode()
    for tag in ("<script>", "<b>", "<i>", "<u>", "<a>", "<q>", "<s>", "<t>", "<v>"):
        assert tag not in page
