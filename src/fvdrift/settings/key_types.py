"""The types that keys are declared with: a reader, a writer and a schema each. What readers do is in
`readers`."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import LENGTH, MASS, format_quantity

from . import (
    amounts,
    behaviour_values,
    concentration,
    decay,
    depths,
    ensemble_values,
    instants,
    leeway,
    places,
    settling,
)
from . import readers as values


def _as_it_is(value: Any) -> Any:
    return value


def _marks(
    read: Callable[[Any], Any], schema: dict[str, Any], write: Callable[[Any], Any] = _as_it_is
) -> tuple[Any, ...]:
    return (
        PlainValidator(read),
        PlainSerializer(write, return_type=Any, when_used="unless-none"),
        WithJsonSchema(schema),
    )


def _kilograms(mass: float) -> str:
    return format_quantity(mass, MASS)


def _metres(length: float) -> str:
    return format_quantity(length, LENGTH)


_NUMBER = {"type": "number"}
_QUANTITY = {"type": ["string", "number"]}
_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_POINT = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_BOX = {"type": "array", "items": _NUMBER, "minItems": 4, "maxItems": 4}
_LINE = {"type": "array", "items": _POINT, "minItems": 2}
_POLYGON = {"type": "array", "items": _POINT, "minItems": 3}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "uniqueItems": True}]}
_PAIR = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2, "uniqueItems": True}
_RANGE = {"type": "array", "items": _QUANTITY, "minItems": 2, "maxItems": 2}
_DEPTH = {"anyOf": [_QUANTITY, _RANGE]}


def _inline(needed: dict[str, Any], others: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**needed, **(others or {})}
    return {"type": "object", "properties": properties, "required": [*needed], "additionalProperties": False}


_SETTLING = {
    "anyOf": [
        *_DEPTH["anyOf"],
        _inline({"mean": _QUANTITY, "sd": _QUANTITY}),
        _inline(
            {"grain": _DEPTH, "density": _QUANTITY}, {"water_density": _QUANTITY, "viscosity": _QUANTITY}
        ),
    ]
}
_MIGRATION = _inline(dict.fromkeys(("day", "night", "speed"), _QUANTITY), {"dawn": _TEXT, "dusk": _TEXT})
_SIGMA = {**_NUMBER, "minimum": -1, "maximum": 0}
_DECAY = _inline({}, dict.fromkeys((*decay.PACE, *decay.OF_LIGHT), _QUANTITY))
_LEEWAY_LINE = _inline({"slope": _QUANTITY}, {"offset": _QUANTITY, "sd": _QUANTITY})
_LEEWAY_MORE = {"jibing": _QUANTITY, "side": {"enum": [*leeway.SIDES]}}
_CLASS = {"enum": [*leeway.object_classes()]}
_LEEWAY = {
    "anyOf": [
        _CLASS,
        _inline({"class": _CLASS}, _LEEWAY_MORE),
        _inline({"downwind": _LEEWAY_LINE, "right": _LEEWAY_LINE}, {"left": _LEEWAY_LINE, **_LEEWAY_MORE}),
    ]
}
_CELLS = {"type": "array", "items": {**_WHOLE, "minimum": 1}, "minItems": 2, "maxItems": 2}
_AGES = {"type": "array", "items": _QUANTITY, "minItems": 2}
_LAYERS = {
    "anyOf": [
        _inline({by: {"type": "array", "items": _NUMBER if by == "sigma" else _QUANTITY, "minItems": 2}})
        for by in ("depth", "height", "sigma")
    ]
}
_THRESHOLDS = {"anyOf": [_QUANTITY, {"type": "array", "items": _QUANTITY, "minItems": 1}]}
_STATE = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z_0-9]*$"},
    "additionalProperties": _NUMBER,
}
_ATTRIBUTES = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z_0-9]*$"},
    "additionalProperties": _TEXT,
}

# keys without a value of their own may be None inside; a run file cannot say so (TOML has no null)
Duration = Annotated[int, *_marks(instants.positive_duration, _QUANTITY, format_duration)]
OptionalDuration = Annotated[int | None, *_marks(instants.positive_duration, _QUANTITY, format_duration)]
OptionalInstant = Annotated[
    instants.Instant | None, *_marks(instants.parse_instant, _TEXT, instants.format_instant)
]
Length = Annotated[float, *_marks(depths.length_of, _QUANTITY, _metres)]
OptionalDepth = Annotated[float | None, *_marks(depths.below_surface, _QUANTITY, _metres)]
DepthRange = Annotated[depths.Depth, *_marks(depths.depth_of, _DEPTH, depths.format_depth)]
OptionalSigma = Annotated[float | None, *_marks(depths.sigma_of, _SIGMA)]
Moves = Annotated[
    depths.Dimension, *_marks(depths.dimension_of, {"enum": ["3d", "2d", "surface"]}, depths.format_dimension)
]
VerticalDiffusivity = Annotated[
    float | str | None, *_marks(values.diffusivity_of("kh"), _QUANTITY, values.format_diffusivity)
]
HorizontalDiffusivity = Annotated[
    float | str | None,
    *_marks(values.diffusivity_of("viscofh", "smagorinsky"), _QUANTITY, values.format_diffusivity),
]
PositiveLength = Annotated[float, *_marks(depths.positive_length, _QUANTITY, _metres)]
OptionalPositiveLength = Annotated[float | None, *_marks(depths.positive_length, _QUANTITY, _metres)]
OptionalPositiveSpeed = Annotated[
    float | None, *_marks(values.positive_speed, _QUANTITY, values.format_speed)
]
FastestSpeed = Annotated[float, *_marks(values.fastest_speed, _QUANTITY, values.format_speed)]
OptionalDevelopment = Annotated[float | None, *_marks(values.number_in(0, 1e9), {**_NUMBER, "minimum": 0})]
OptionalCoefficient = Annotated[float | None, *_marks(values.number_in(0, 10), {**_NUMBER, "minimum": 0})]
Seed = Annotated[int, *_marks(values.whole(0, 2**64 - 1), {**_WHOLE, "minimum": 0})]
Threads = Annotated[int, *_marks(values.whole(1, 1024), {**_WHOLE, "minimum": 1, "maximum": 1024})]
Readers = Annotated[
    int | str,
    *_marks(values.reader_threads, {"anyOf": [{"enum": ["auto"]}, {**_WHOLE, "minimum": 0, "maximum": 64}]}),
]
Split = Annotated[
    int | str, *_marks(values.split, {"anyOf": [{"enum": ["auto", "never"]}, *_DEPTH["anyOf"][:1]]})
]
Checkpoints = Annotated[int, *_marks(values.whole(1, 1000), {**_WHOLE, "minimum": 1, "maximum": 1000})]
Parts = Annotated[int, *_marks(values.whole(1, 4096), {**_WHOLE, "minimum": 1, "maximum": 4096})]
Count = Annotated[int, *_marks(values.whole(1, 10**12), {**_WHOLE, "minimum": 1})]
Text = Annotated[str, *_marks(values.text, _TEXT)]
Name = Annotated[str, *_marks(values.name, _TEXT)]
OptionalName = Annotated[str | None, *_marks(values.name, _TEXT)]
OptionalText = Annotated[str | None, *_marks(values.text, _TEXT)]
Title = Annotated[str, *_marks(values.title, _TEXT)]
Texts = Annotated[tuple[str, ...], *_marks(values.texts, _TEXTS)]
Pair = Annotated[tuple[str, str], *_marks(values.pair, _PAIR)]
OptionalPair = Annotated[tuple[str, str] | None, *_marks(values.pair, _PAIR)]
Files = Annotated[tuple[str, ...], *_marks(values.files, _TEXTS)]
OptionalFlag = Annotated[bool | None, *_marks(values.boolean, {"type": "boolean"})]
Flag = Annotated[bool, *_marks(values.boolean, {"type": "boolean"})]
OptionalPoint = Annotated[tuple[float, float] | None, *_marks(places.point, _POINT)]
OptionalBox = Annotated[tuple[float, float, float, float] | None, *_marks(places.box, _BOX)]
OptionalCells = Annotated[tuple[int, int] | None, *_marks(places.cells_of, _CELLS)]
OptionalAges = Annotated[tuple[int, ...] | None, *_marks(instants.ages_of, _AGES, instants.format_ages)]
OptionalAgeRange = Annotated[
    tuple[int, int] | None, *_marks(instants.age_range, _RANGE, instants.format_ages)
]
OptionalLayer = Annotated[tuple[float, float] | None, *_marks(depths.layer_of, _RANGE, depths.format_layer)]
OptionalSigmas = Annotated[
    tuple[float, float] | None,
    *_marks(depths.sigmas_of, {"type": "array", "items": _SIGMA, "minItems": 2, "maxItems": 2}),
]
OptionalLayers = Annotated[
    concentration.Edges | None, *_marks(concentration.layers_of, _LAYERS, concentration.format_layers)
]
OptionalThresholds = Annotated[
    tuple[concentration.Threshold, ...] | None,
    *_marks(concentration.thresholds_of, _THRESHOLDS, concentration.format_thresholds),
]
OptionalLine = Annotated[tuple[tuple[float, float], ...] | None, *_marks(places.line, _LINE)]
OptionalPolygon = Annotated[tuple[tuple[float, float], ...] | None, *_marks(places.polygon, _POLYGON)]
OpenBoundary = Annotated[
    str | tuple[tuple[float, float], ...] | None, *_marks(places.open_boundary, {"anyOf": [_TEXT, _POLYGON]})
]
SettlingSpeeds = Annotated[
    settling.Settling,
    *_marks(settling.settling_of, _SETTLING, settling.format_settling),
]
OptionalMigration = Annotated[
    behaviour_values.Migration | None,
    *_marks(behaviour_values.migration_of, _MIGRATION, behaviour_values.format_migration),
]
OptionalRate = Annotated[
    float | str | None, *_marks(behaviour_values.rate_of, _QUANTITY, behaviour_values.format_rate)
]
OptionalDecay = Annotated[decay.Decay | None, *_marks(decay.decay_of, _DECAY, decay.format_decay)]
OptionalCompetency = Annotated[
    behaviour_values.Competency | None,
    *_marks(behaviour_values.competency_of, _DEPTH, behaviour_values.format_competency),
]
OptionalMass = Annotated[float | None, *_marks(amounts.mass_of, _QUANTITY, _kilograms)]
OptionalNumber = Annotated[float | None, *_marks(amounts.number_of, {**_NUMBER, "exclusiveMinimum": 0})]
OptionalAmountRate = Annotated[
    amounts.AmountRate | str | None, *_marks(amounts.amount_rate_of, _TEXT, amounts.format_amount_rate)
]
Windage = Annotated[float, *_marks(behaviour_values.windage_of, _QUANTITY)]
OptionalLeeway = Annotated[leeway.Leeway | None, *_marks(leeway.leeway_of, _LEEWAY, leeway.format_leeway)]
OptionalCustom = Annotated[
    behaviour_values.Custom | None, *_marks(behaviour_values.custom_of, _TEXT, behaviour_values.format_custom)
]
State = Annotated[dict[str, float], *_marks(behaviour_values.state_of, _STATE)]
Attributes = Annotated[dict[str, str], *_marks(values.attributes_of, _ATTRIBUTES)]
Varied = Annotated[dict[str, Any], *_marks(ensemble_values.varied_of, {"type": "object"})]
Members = Annotated[
    int,
    *_marks(values.whole(1, ensemble_values.MOST), {**_WHOLE, "minimum": 1, "maximum": ensemble_values.MOST}),
]
