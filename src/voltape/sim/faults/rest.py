"""Faults of REST: errors, bans, and pages that do not add up."""

from typing import Any

from voltape.sim.faults.fault import BadFault, Fault, RestOutcome
from voltape.sim.http import Request, Response, json_response

__all__ = ["Rest403", "RestError", "RestPartial"]

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>bad gateway</body></html>"
_MODES = ("empty", "cursor_loop", "page2_fails", "missing_rows", "repeat_rows")


class _RestFault(Fault):
    """Covers requests whose path contains `path`, and whose `baseCoin` is `base_coin`, if given."""

    def _covers_request(self, request: Request) -> bool:
        coin = self.text("base_coin")
        return self.text("path") in request.path and coin in {"", request.query.get("baseCoin")}


class RestError(_RestFault):
    """Errors: `status` with an HTML body, `ret_code` with a JSON one, `timeout_s` of silence before.

    With `timeout_s` alone the request is answered late, but rightly.
    """

    def rest(self, request: Request, /) -> RestOutcome | None:
        if not self._covers_request(request) or not self.strikes():
            return None
        return RestOutcome(wait=self.real("timeout_s", 0.0), response=self._response())

    def _response(self) -> Response | None:
        params = self.spec.params
        if "ret_code" in params:
            error = {"retCode": int(self.real("ret_code", 0)), "retMsg": self.text("ret_msg", "error")}
            return json_response(
                {**error, "result": {}, "retExtInfo": {}, "time": 0}, int(self.real("status", 200))
            )
        if params.get("body") == "html" or "status" in params or "timeout_s" not in params:
            return Response(int(self.real("status", 502)), _HTML, "text/html")
        return None


class Rest403(_RestFault):
    """The answer to too many requests, or to a request from the wrong country; its body is no JSON."""

    def rest(self, request: Request, /) -> RestOutcome | None:
        if not self._covers_request(request) or not self.strikes():
            return None
        return RestOutcome(response=Response(403, b"access too frequent", "text/plain"))


class RestPartial(_RestFault):
    """Lists that look right but are not; parameter `mode`.

    `empty`: success with no rows; `cursor_loop`: the cursor of the first page on every page;
    `page2_fails`: an error on every page but the first; `missing_rows`: `share` (0.3) of the rows are
    left out; `repeat_rows`: the first row comes again at the end.
    """

    def prepare(self) -> None:
        self._mode = self.text("mode", "empty")
        self._first_cursor = ""
        if self._mode not in _MODES:
            raise BadFault(f"mode must be one of {', '.join(_MODES)}")

    def rest(self, request: Request, /) -> RestOutcome | None:
        later_page = self._mode == "page2_fails" and request.query.get("cursor")
        if not later_page or not self._covers_request(request) or not self.strikes():
            return None
        error = {"retCode": 10016, "retMsg": "Server error.", "result": {}, "retExtInfo": {}, "time": 0}
        return RestOutcome(response=json_response(error))

    def answer(self, request: Request, envelope: dict[str, Any], /) -> dict[str, Any]:
        rows = envelope["result"].get("list")
        if self._mode == "page2_fails" or not isinstance(rows, list) or not self._covers_request(request):
            return envelope
        if not self.strikes():
            return envelope
        return {**envelope, "result": {**envelope["result"], **self._spoil(rows, envelope["result"])}}

    def _spoil(self, rows: list[Any], result: dict[str, Any]) -> dict[str, Any]:
        if self._mode == "empty":
            return {"list": []}
        if self._mode == "missing_rows":
            share = self.real("share", 0.3)
            return {"list": [row for row in rows if self._rng.random() >= share]}
        if self._mode == "repeat_rows":
            return {"list": rows + rows[:1]}
        self._first_cursor = self._first_cursor or result.get("nextPageCursor") or ""
        return {"nextPageCursor": self._first_cursor} if self._first_cursor else {}
