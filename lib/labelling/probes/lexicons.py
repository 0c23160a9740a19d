"""Reads the probe lexicons of conf/probes, one file a policy."""

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from lib.conf_validation import validated
from lib.located_yaml import read_located
from lib.settings import require_known_policies
from schemas.contracts.policy import Policy
from schemas.contracts.probe import ProbeLexicon
from schemas.errors import ConfigurationError


def load_lexicons(policies: Sequence[Policy], folder: Path | None = None) -> dict[str, ProbeLexicon]:
    """Policy to its lexicon, from `folder` or conf/probes; a policy may have none.

    Raises ConfigurationError that names the file, the line and the field, also for a lexicon of an unknown policy.
    """
    found: Traversable = resources.files("conf") / "probes" if folder is None else folder
    shown = "conf/probes" if folder is None else str(folder)
    names = sorted(entry.name for entry in found.iterdir() if entry.name.endswith(".yaml")) if found.is_dir() else []
    lexicons = {}
    for name in names:
        written = read_located(found / name, f"{shown}/{name}")
        lexicon = validated(ProbeLexicon, written.values, written.place_of)
        if lexicon.policy != name.removesuffix(".yaml"):
            raise ConfigurationError(
                f"{written.place_of(['policy'])}: field `policy` is `{lexicon.policy}`; it must be the file's name, "
                f"`{name.removesuffix('.yaml')}`."
            )
        lexicons[lexicon.policy] = lexicon
    require_known_policies(lexicons, policies, where=shown)
    return lexicons
