"""Settings become the options of the parts."""

from pathlib import Path

import msgspec
import pytest

from voltape.config import SETTINGS, Settings, Threshold, load
from voltape.run.parts import store_address, tracker_options
from voltape.sim.certificate import server_context
from voltape.track.money import Windows
from voltape.track.thresholds import Target
from voltape.track.tracker import TrackerOptions

TRACKING = [
    setting.field
    for setting in SETTINGS
    if setting.field.startswith(("ws_", "filter", "poll_", "flush_"))
    or setting.field in {"rest_url", "underlyings", "profile", "conflate", "adaptive_flush"}
]


def told(options: TrackerOptions) -> tuple[object, ...]:
    """Everything in the options that can be compared."""
    lanes = msgspec.structs.asdict(options.lanes)
    per_coin = [(value("BTC"), value("SOL")) if callable(value) else value for value in lanes.values()]
    fields = msgspec.structs.asdict(options)
    rest = [fields[name] for name in options.__struct_fields__ if name not in {"lanes", "verify"}]
    return (*rest, *per_coin)


def other(value: object) -> object:
    """Another value of the same kind."""
    match value:
        case None:
            raise AssertionError(value)
        case bool():
            return not value
        case int() | float():
            return value + 1
        case Threshold():
            return Threshold(value.default, {"SOL": 7.0})
        case "liquid":
            return "all"
        case "optimized":
            return "plain"
        case str():
            return value + "/other"
        case _:
            return ("XRP",)


def settings_with(data_dir: Path, **changed: object) -> Settings:
    """Defaults but for what is given."""
    return msgspec.structs.replace(Settings(data_dir=data_dir), **changed)


@pytest.mark.parametrize("field", TRACKING)
def test_every_setting_of_tracking_arrives(field: str, tmp_path: Path) -> None:
    """No setting is without an effect on the options."""
    # A target is for automatic thresholds only.
    mode = {"filter": "auto"} if field.startswith("filter_target") else {}
    plain = settings_with(tmp_path, **mode)
    changed = settings_with(tmp_path, **mode, **{field: other(getattr(plain, field))})
    assert told(tracker_options(changed)) != told(tracker_options(plain))


def test_each_setting_arrives_where_it_belongs(tmp_path: Path) -> None:
    """Numbers that are all different are not mixed up."""
    options = tracker_options(
        settings_with(
            tmp_path,
            ws_url="ws://a/b",
            rest_url="http://c",
            ws_max_connections=3,
            ws_topics_per_connection=101,
            ws_args_chars_per_connection=10_001,
            ws_subscription_chunk_size=11,
            ws_subscription_delay=0.2,
            ws_ping_interval=5.0,
            ws_reconnect_delay=0.7,
            ws_stale_after=33.0,
            poll_interval=12.0,
            flush_interval=0.05,
            flush_batch_size=77,
            filter_min_volume=Threshold(1.0, {"BTC": 2.0}),
            filter_min_oi=Threshold(3.0),
            filter_last_trade_hours=Threshold(4.0),
            filter="auto",
            filter_target_oi=0.6,
            filter_target_count=Threshold(0.0, {"BTC": 70.0}),
            filter_moneyness=0.02,
            filter_nearest_expiries=5,
            filter_atm_strikes=6,
            filter_pins=("BTC-25DEC26-90000-C-USDT",),
            filter_leave=0.7,
            filter_dwell=90.0,
        )
    )
    pool, lanes = options.pool, options.lanes
    assert (pool.url, options.rest_url) == ("ws://a/b", "http://c")
    assert (pool.limits.topics, pool.limits.chars, pool.limits.connections) == (101, 10_001, 3)
    assert (pool.session.chunk_size, pool.session.chunk_delay, pool.session.ping_interval) == (11, 0.2, 5.0)
    assert (pool.reconnect_delay, pool.session.stale_after, options.stale_after) == (0.7, 33.0, 33.0)
    assert (options.poll_interval, options.flush_interval, options.batch_size) == (12.0, 0.05, 77)
    assert (lanes.min_volume("BTC"), lanes.min_volume("SOL"), lanes.min_open_interest("BTC")) == (
        2.0,
        1.0,
        3.0,
    )
    assert (lanes.last_trade_hours("BTC"), lanes.live_all) == (4.0, False)
    assert lanes.target is not None
    assert (lanes.target("BTC"), lanes.target("SOL")) == (Target(0.6, 70), Target(0.6, 0))
    assert lanes.windows == Windows(moneyness=0.02, nearest_expiries=5, atm_strikes=6)
    assert lanes.pinned == {"BTC-25DEC26-90000-C-USDT"}
    assert (lanes.leave, lanes.dwell, lanes.watched) == (0.7, 90.0, True)


def test_only_automatic_thresholds_have_a_target(tmp_path: Path) -> None:
    """The given thresholds hold otherwise, whatever the targets say."""
    assert tracker_options(settings_with(tmp_path, filter_target_oi=0.5)).lanes.target is None


def test_the_plain_profile_neither_conflates_nor_collects(tmp_path: Path) -> None:
    """The rollback switches both off."""
    options = tracker_options(load({"profile": "plain"}, {}, tmp_path))
    assert (options.conflate, options.pool.coalesce, options.profile) == (False, False, "plain")


def test_a_certificate_is_trusted_for_the_exchange_and_for_the_store(tmp_path: Path) -> None:
    """One setting names it for both, and verification stays on."""
    ca_file = tmp_path / "ca.pem"
    server_context("localhost", ca_file)
    settings = settings_with(tmp_path, ca_file=ca_file)
    context = tracker_options(settings).verify()
    assert context.check_hostname
    assert (
        len(context.get_ca_certs())
        == len(tracker_options(settings_with(tmp_path)).verify().get_ca_certs()) + 1
    )
    address = store_address(settings, "valkeys://db.example")
    assert (address.tls, address.ca_file) == (True, str(ca_file))
