"""The exception tree.

VoltapeError
├── SettingError      a setting is out of range or unknown (our user's fault, exit 2)
├── VenueError        the exchange answered wrongly, partially or not at all
│   ├── VenueRefused  it will not serve us now (403, bad topic limit): wait long
│   └── MessageError  one message could not be understood; the feed goes on
├── StoreError        Valkey or Redis answered wrongly or not at all
│   └── SchemaError   the store was written by another schema version
└── in the packages where they are raised
    ├── `alerts.declaration.RuleError`  a rule of alerts cannot be used
    ├── `alerts.http.BadAnswer`         what alerts ask of a running voltape came to nothing
    ├── `alerts.sink.SendError`         a sink did not take a message; it is sent again
    ├── `client.problem.ClientError`    asking a running voltape failed; a tree of its own
    ├── `report.enquiry.NoReport`       the same, in the words of `voltape report`
    ├── `jobs.process.AlreadyRunning`   another process is at the same job
    ├── `push.protocol.RequestError`    a request of the push stream cannot be met
    ├── `push.limits.HubFull`           the push stream takes no further client now
    ├── `serve.problem.ProblemError`    a request is answered by a problem document
    └── `sim.handle.SimFailed`          the simulated exchange did not start

Peer faults and own faults are different types, so that a caller can retry the one and report the other.
"""

__all__ = [
    "MessageError",
    "SchemaError",
    "SettingError",
    "StoreError",
    "VenueError",
    "VenueRefused",
    "VoltapeError",
]


class VoltapeError(Exception):
    """Root of every error raised on purpose."""


class SettingError(VoltapeError):
    """A setting cannot be used.

    Attributes:
        name: the setting, as the user wrote it (`VOLTAPE_HTTP_PORT`, `--http-port`, `http_port`).
        value: what was given; secrets are passed in already redacted.
        allowed: what would have been accepted.
        file: the file it stands in; None for a flag, a variable or a default.
    """

    def __init__(self, name: str, value: object, allowed: str, file: str | None = None) -> None:
        super().__init__(name, value, allowed, file)
        self.name = name
        self.value = value
        self.allowed = allowed
        self.file = file

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}: "
        return f"{place}{self.name}={self.value!s}: allowed is {self.allowed}"


class VenueError(VoltapeError):
    """The exchange could not be used for one request; trying again is sensible.

    Attributes:
        what: the request or step that failed.
        why: what came back instead.
    """

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what = what
        self.why = why

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class VenueRefused(VenueError):
    """The exchange refuses us for now (rate ban, blocked region); asking again soon makes it worse."""


class MessageError(VenueError):
    """One message is malformed; it is counted and dropped, and costs nothing else."""


class StoreError(VoltapeError):
    """The store cannot be used now; the board goes on without it.

    Attributes:
        where: the store's address without credentials.
        why: what happened.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"store {self.where}: {self.why}"


class SchemaError(StoreError):
    """The store holds data of a schema version that this program does not read."""
