"""Messages by a Telegram bot."""

import msgspec

from .notice import Notice
from .sink import Line, SendError, failure_of

__all__ = ["Telegram"]

_SIGNS = {"begin": "\N{LARGE RED CIRCLE}", "end": "\N{LARGE GREEN CIRCLE}", "test": "\N{LARGE BLUE CIRCLE}"}
_MOST_CHARS = 4096


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _Result(msgspec.Struct):
    ok: bool = False
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class Telegram:
    """A chat, as `sendMessage` of the bot interface reaches it."""

    def __init__(self, line: Line, base: str, token: str, chat: str) -> None:
        """Write into `chat`, a number or `@name`, as the bot with this token, through the interface at `base`."""
        self._line = line
        self._url = f"{base}/bot{token}/sendMessage"
        self._token = token
        self._chat = chat

    async def send(self, notice: Notice) -> None:
        text = f"{_SIGNS[notice.event]} {notice.text}\n{notice.at[:19].replace('T', ' ')} UTC"
        content = msgspec.json.encode(
            {"chat_id": self._chat, "text": text[:_MOST_CHARS], "link_preview_options": {"is_disabled": True}}
        )
        answer = await self._line.post(self._url, content, {"content-type": "application/json"})
        try:
            result = msgspec.json.decode(answer.body, type=_Result)
        except msgspec.DecodeError:
            result = _Result()
        said = "".join(char for char in result.description[:120] if char.isprintable())
        failure = failure_of(answer, result.parameters.retry_after, said.replace(self._token, "***"))
        if failure is None and not result.ok:
            failure = SendError("what answers there is no Telegram")
        if failure is not None:
            raise failure
