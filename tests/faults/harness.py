"""Whether the slow fault tests run, how often they kill, and from which seed: `make test-faults KILLS=… SEED=…`."""

import os

_KILLS_VARIABLE, _SEED_VARIABLE = "PLUMBLINE_KILLS", "PLUMBLINE_SEED"
IS_RUN = _KILLS_VARIABLE in os.environ
WHY_NOT = "takes long: make test-faults"
N_KILLS, SEED = int(os.environ.get(_KILLS_VARIABLE, "1")), int(os.environ.get(_SEED_VARIABLE, "1"))
