"""Routes content to the queue whose reviewers read its language."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from lib.labelling.literal_map import literal_map


def queue_of(language: Column, *, queues: Mapping[str, Sequence[str]], fallback_queue: str) -> Column:
    """Queue of content in `language`, an ISO 639 code that may carry a region (pt-BR); null and unknown fall back.

    `queues` is queue to languages; a region that no queue names goes where its language goes.
    """
    routes = {language.lower(): queue for queue, spoken in queues.items() for language in spoken}
    if not routes:
        return F.lit(fallback_queue)
    known = literal_map(routes)
    code = F.lower(F.regexp_replace(F.trim(language), "_", "-"))
    without_region = F.element_at(F.split(code, "-"), 1)
    return F.coalesce(known[code], known[without_region], F.lit(fallback_queue))
