"""Items for the golden set that somebody chose by hand: a CSV or JSON lines file with content and verdict."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.literal_map import literal_map
from schemas.columns import PIN_TYPE, PINS
from schemas.contracts.policy import Policy
from schemas.errors import ConfigurationError
from schemas.labels import COMPONENTS, VERDICTS

FORMATS = {".csv": "csv", ".jsonl": "json"}
_REQUIRED = ("policy", "verdict")
_TEXTS = ("query_text", "response_text")
_SEPARATOR = r"\s*;\s*"
_FIELD = "Field `calibration.curated_path`"


def curated_format(path: str) -> str:
    """The data format of the file, by its ending; raises ConfigurationError."""
    for ending, data_format in FORMATS.items():
        if path.endswith(ending):
            return data_format
    raise ConfigurationError(f"{_FIELD} is `{path}`; let it end in {' or '.join(FORMATS)}.")


def curated_items(file: DataFrame, *, path: str, policies: Sequence[Policy]) -> DataFrame:
    """The items of `file` as rows of `golden_set`, without ds, is_anchor and job_run_id.

    `file` has policy, verdict (violating or not_violating), at least one of query_text, response_text and pins, and
    optionally item_id (else a hash of the content), policy_version (else the policy's), violating_components (an array,
    or text separated by `;`), surface and language. `pins` is an array of structs, or its JSON, with any of the fields
    of a Pin. Raises ConfigurationError with every fault of the file.
    """
    _require_columns(file, path)
    known = {policy.id: policy.version for policy in policies}
    versions = literal_map(known)
    pins = _pins(file)
    parsed = file.select(
        F.trim("policy").alias("policy"),
        F.trim("verdict").alias("verdict"),
        *[_text(file, name).alias(name) for name in _TEXTS],
        pins.alias("pins"),
        _components(file).alias("violating_components"),
        F.coalesce(_text(file, "surface"), F.lit("unknown")).alias("surface"),
        F.coalesce(_text(file, "language"), F.lit("unknown")).alias("language"),
        _text(file, "item_id").alias("given_id"),
        F.coalesce(_text(file, "policy_version"), versions[F.trim("policy")]).alias("policy_version"),
    )
    _require_sound(parsed, path, list(known))
    content = F.to_json(F.struct(*_TEXTS, "pins"))
    return parsed.select(
        F.coalesce("given_id", F.substring(F.sha2(content, 256), 1, 32)).alias("item_id"),
        "policy", "policy_version", "verdict", "violating_components", *_TEXTS, "pins", "surface", "language",
        F.create_map().cast("map<string,double>").alias("scores"), F.lit(None).cast("double").alias("weight"),
        F.lit("curated").alias("source"),
    )  # fmt: skip


def _require_columns(file: DataFrame, path: str) -> None:
    missing = [name for name in _REQUIRED if name not in file.columns]
    if not set(file.columns) & {*_TEXTS, "pins"}:
        missing.append("query_text, response_text or pins")
    if missing:
        raise ConfigurationError(
            f"{_FIELD}: {path} lacks {' and '.join(f'`{name}`' for name in missing)}, it has "
            f"{', '.join(file.columns)}; add the columns."
        )


def _require_sound(parsed: DataFrame, path: str, policies: Sequence[str]) -> None:
    """Every kind of fault with the number of its rows, in one pass."""
    stray = F.array_except("violating_components", F.array(*[F.lit(name) for name in COMPONENTS]))
    has_content = F.size("pins") > 0
    for name in _TEXTS:
        has_content = has_content | F.col(name).isNotNull()
    faults = {
        f"`policy` is not one of {', '.join(policies)}": ~F.coalesce(F.col("policy").isin(*policies), F.lit(False)),
        f"`verdict` is not one of {', '.join(VERDICTS[:2])}": ~F.coalesce(
            F.col("verdict").isin(*VERDICTS[:2]), F.lit(False)
        ),
        f"`violating_components` names something else than {', '.join(COMPONENTS)}": F.size(stray) > 0,
        "there is no query_text, response_text or pins": ~has_content,
        "`pins` cannot be read as a JSON array of Pins": F.col("pins").isNull(),
    }
    counts = parsed.agg(*[F.count_if(F.coalesce(is_bad, F.lit(False))) for is_bad in faults.values()]).collect()[0]
    found = [f"in {count} rows {fault}" for fault, count in zip(faults, counts, strict=True) if count]
    if found:
        raise ConfigurationError(f"{_FIELD}: {path}: {'; '.join(found)}; mend those rows.")


def _text(file: DataFrame, name: str) -> Column:
    """A column as trimmed text, null if it is empty or not there."""
    if name not in file.columns:
        return F.lit(None).cast("string")
    return F.nullif(F.trim(F.col(name).cast("string")), F.lit(""))


def _components(file: DataFrame) -> Column:
    nothing = F.array().cast("array<string>")
    if "violating_components" not in file.columns:
        return nothing
    components = F.col("violating_components")
    if file.schema["violating_components"].dataType.typeName() == "string":
        components = F.split(F.trim(components), _SEPARATOR)
    return F.filter(F.coalesce(components, nothing), lambda name: name != "")


def _pins(file: DataFrame) -> Column:
    """Pins with every field of the contract; null if they cannot be read, empty if there is none."""
    nothing = F.array().cast(PINS.data_type)
    if "pins" not in file.columns:
        return nothing
    is_text = file.schema["pins"].dataType.typeName() == "string"
    written = F.col("pins") if is_text else F.to_json("pins")
    pins = F.from_json(written, PINS.data_type)
    names = [field.split(":")[0] for field in PIN_TYPE.removeprefix("struct<").removesuffix(">").split(",")]
    defaults = {"pin_id": F.lit(""), "is_viewed": F.lit(False)}

    def complete(pin: Column, position: Column) -> Column:
        places = {"slot": (position + 1).cast("int")} | defaults
        fields = [
            F.coalesce(pin[name], places[name]).alias(name) if name in places else pin[name].alias(name)
            for name in names
        ]
        return F.struct(*fields)

    is_absent = F.col("pins").isNull() | (F.trim(F.coalesce(written, F.lit(""))) == "")
    return F.when(is_absent, nothing).otherwise(F.transform(pins, complete))
