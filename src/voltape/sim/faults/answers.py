"""Faults of the answers on the socket: pongs and acknowledgements."""

from voltape.sim.faults.fault import Fault
from voltape.sim.link import Link
from voltape.sim.session import Reaction
from voltape.sim.wire import acknowledged, compact, framed, refused

__all__ = [
    "AckFailed",
    "AckLate",
    "AckMissing",
    "AckPartial",
    "AckTwice",
    "Deaf",
    "LinearAnswers",
    "LoseSubscriptions",
]


class Deaf(Fault):
    """Pings get no pong while data goes on."""

    def react(self, _link: Link, reaction: Reaction, /) -> None:
        if reaction.pinged and self.strikes():
            reaction.reply = None


class AckMissing(Fault):
    """Requests take effect but are not acknowledged."""

    def react(self, _link: Link, reaction: Reaction, /) -> None:
        if reaction.acked and self.strikes():
            reaction.reply = None


class AckLate(Fault):
    """Acknowledgements come `delay_s` (0.5) late, after the first data."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        reply = reaction.reply
        if reaction.acked and reply is not None and self.strikes():
            reaction.reply = None
            self._host.later(self.real("delay_s", 0.5), lambda: link.reply(framed(reply)))


class AckPartial(Fault):
    """Some topics fail: parameter `share` (0.3) of each subscribe request is listed in `failTopics`."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        if not reaction.subscribed or not self.strikes():
            return
        share = self.real("share", 0.3)
        failed = [t for t in reaction.subscribed if self._rng.random() < share] or reaction.subscribed[:1]
        reaction.subscribed = [t for t in reaction.subscribed if t not in failed]
        link.session.forget(failed)
        reaction.reply = acknowledged(link.session.conn_id, reaction.subscribed, failed)


class AckFailed(Fault):
    """A subscribe request fails as a whole, with an answer that has no `data`."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        if not reaction.subscribed or not self.strikes():
            return
        link.session.forget(reaction.subscribed)
        reaction.subscribed = []
        reaction.reply = refused(link.session.conn_id, self.text("ret_msg", "3303001"))


class LoseSubscriptions(Fault):
    """Topics are acknowledged but not subscribed: parameter `share` (0.3) of each request."""

    def react(self, _link: Link, reaction: Reaction, /) -> None:
        if reaction.subscribed and self.strikes():
            share = self.real("share", 0.3)
            reaction.subscribed = [t for t in reaction.subscribed if self._rng.random() >= share]


class AckTwice(Fault):
    """Acknowledgements come twice."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        if reaction.acked and reaction.reply is not None and self.strikes():
            link.reply(framed(reaction.reply))


class LinearAnswers(Fault):
    """Pongs and acknowledgements come as other markets of the venue write them: without the topics' names."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        if reaction.reply is None or not (reaction.pinged or reaction.acked) or not self.strikes():
            return
        what, word = ("ping", "pong") if reaction.pinged else ("subscribe", "")
        answer = {"success": True, "ret_msg": word, "conn_id": link.session.conn_id, "req_id": "", "op": what}
        reaction.reply = compact(answer)
