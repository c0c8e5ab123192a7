"""Checking the settings of a run, whether they come from settings.json or from a sheet."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.faults import Fault, Phrase, phrase
from allocator.tables import Settings, settings_from_json

SEASONS = ("SS", "AW")
TIES = ("STRICT", "SHARED")
PPM = 1_000_000
MAX_PIECES = 2**62
KNOWN = (
    "season",
    "region_order",
    "tiers",
    "launch_ties",
    "pick_capacity",
    "share_cap_ppm",
    "size_run_min",
)


def check_settings(content: object) -> tuple[Settings | None, list[Fault]]:
    """The settings, or what is wrong with them."""
    if not isinstance(content, Mapping):
        return None, [
            _fault("", content, phrase("files.NO_JSON_OBJECT"), phrase("files.WRITE_BRACES"))
        ]
    faults = [
        _fault(
            str(key),
            content[key],
            phrase("files.UNKNOWN_SETTING"),
            phrase("files.KNOWN", known=KNOWN),
        )
        for key in content
        if key not in KNOWN
    ]
    faults += [
        _fault(key, "", phrase("files.IS_MISSING"), phrase("files.REQUIRED"))
        for key in ("season", "region_order", "tiers")
        if content.get(key) is None
    ]
    faults += [*_season(content), *_regions(content), *_tiers(content), *_options(content)]
    return (None, faults) if faults else (settings_from_json(content), [])


def _fault(key: str, value: object, problem: Phrase, remedy: Phrase) -> Fault:
    return Fault("settings.json", 0, key, "" if value is None else str(value), problem, remedy)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _season(content: Mapping[str, object]) -> list[Fault]:
    season = content.get("season")
    if season is None or season in SEASONS:
        return []
    return [_fault("season", season, phrase("files.NO_RUN_SEASON"), phrase("files.SS_OR_AW"))]


def _regions(content: Mapping[str, object]) -> list[Fault]:
    order = content.get("region_order")
    if order is None:
        return []
    if not isinstance(order, Mapping):
        return [_fault("region_order", order, phrase("files.NO_OBJECT"), phrase("files.LIST_EACH"))]
    faults = [
        _fault("region_order", season, phrase("files.NO_RUN_SEASON"), phrase("files.SS_AND_AW"))
        for season in order
        if season not in SEASONS
    ]
    for season in SEASONS:
        listed = order.get(season)
        if listed is None:
            faults.append(
                _fault(
                    "region_order", season, phrase("files.NO_LIST"), phrase("files.LIST_REGIONS")
                )
            )
        elif not _is_texts(listed):
            faults.append(
                _fault(
                    "region_order",
                    listed,
                    phrase("files.NO_ID_LIST"),
                    phrase("files.LIST_REGION_IDS"),
                )
            )
        else:
            faults += _repeats("region_order", listed)
    return faults


def _tiers(content: Mapping[str, object]) -> list[Fault]:
    tiers = content.get("tiers")
    if tiers is None:
        return []
    if not _is_texts(tiers):
        return [_fault("tiers", tiers, phrase("files.NO_TIER_LIST"), phrase("files.BEST_FIRST"))]
    return _repeats("tiers", tiers)  # type: ignore[arg-type]  # _is_texts has just said so


def _repeats(key: str, values: list[str]) -> list[Fault]:
    return [
        _fault(key, value, phrase("files.LISTED_TWICE"), phrase("files.KEEP_ONE"))
        for value in sorted({one for one in values if values.count(one) > 1})
    ]


def _options(content: Mapping[str, object]) -> list[Fault]:
    faults = []
    ties = content.get("launch_ties")
    if ties is not None and ties not in TIES:
        faults.append(
            _fault("launch_ties", ties, phrase("files.NOT_KNOWN"), phrase("files.STRICT_OR_SHARED"))
        )
    capacity = content.get("pick_capacity")
    if capacity is not None and not isinstance(capacity, Mapping):
        faults.append(
            _fault(
                "pick_capacity",
                capacity,
                phrase("files.NO_OBJECT"),
                phrase("files.NAME_WAREHOUSES"),
            )
        )
    elif isinstance(capacity, Mapping):
        for warehouse, pieces in capacity.items():
            if not _is_whole(pieces) or not 0 <= pieces <= MAX_PIECES:
                said = f"{warehouse}: {pieces}"
                faults.append(
                    _fault(
                        "pick_capacity",
                        said,
                        phrase("files.NO_COUNT"),
                        phrase("files.ZERO_OR_MORE"),
                    )
                )
    ppm = content.get("share_cap_ppm")
    if ppm is not None and not (_is_whole(ppm) and isinstance(ppm, int) and 1 <= ppm <= PPM):
        faults.append(
            _fault("share_cap_ppm", ppm, phrase("files.OUT_OF_RANGE"), phrase("files.PPM_RANGE"))
        )
    sizes = content.get("size_run_min")
    if sizes is not None and not (_is_whole(sizes) and isinstance(sizes, int) and sizes >= 0):
        faults.append(
            _fault("size_run_min", sizes, phrase("files.NO_COUNT"), phrase("files.WHOLE_OR_NULL"))
        )
    return faults


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
