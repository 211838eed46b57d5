"""Plan: what a simulated maker does with one request: what it answers, and what goes wrong on the way."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Usage:
    """Counted once: cached is a part of prompt, reasoning a part of completion."""

    prompt: int = 11
    completion: int = 4
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[str, ...] = ("{", '"city": ', '"Paris"', "}")  # in pieces, as they are streamed
    id: str = ""


@dataclass(frozen=True)
class Plan:
    pieces: tuple[str, ...] = ("Hello", ", ", "wörld", "!")
    reasoning: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    finish: str = ""  # stop, length, tool_calls, content_filter; empty: what follows from the rest
    usage: Usage | None = Usage()

    # An answer that is a failure: the maker's own error object.
    status: int = 200
    error: str = ""  # the maker's word for it: "rate_limit", "context", "filter", "server", "key", "not_found", …
    headers: dict = field(default_factory=dict)
    body: bytes | None = None  # instead of the maker's own

    # Time, in seconds.
    before_headers: float = 0
    before_first: float = 0
    between: float = 0

    # Faults of a stream, after so many deltas.
    cut_after: int | None = None  # the connection closes in the middle
    reset_after: int | None = None  # …with a reset
    stall_after: int | None = None  # nothing more comes, the connection stays
    bad_json_after: int | None = None
    error_after: int | None = None  # the maker's error event
    end_after: int | None = None  # a clean end of HTTP without the maker's own end
    half_close_after: int | None = None  # this side sends no more, but does not close
    pings: bool = False  # comments, or the maker's ping events, between deltas

    # Faults of HTTP.
    content_type: str = ""
    gzip: bool = False
    fragment: int = 0  # bytes a write; 0: each event at once
    framing: str = "chunked"  # "length", "close"
    length_off_by: int = 0  # a Content-Length that is wrong
    drop_before_headers: bool = False  # read the request, say nothing, close
    raw: bytes | None = None  # instead of an answer in HTTP
    close_after: bool = False  # announces keep-alive and closes all the same

    @property
    def finish_reason(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")

    @property
    def text(self) -> str:
        return "".join(self.pieces)
