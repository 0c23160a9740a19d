"""Change one operator, number, name or argument at a time in sampling and estimation, and see whether a test fails.

mutmut makes the mutants and keeps the verdicts (`mutmut show NAME` prints one); [tool.mutmut] in pyproject.toml names
the sources and the tests. A share of the mutants can be tried instead of all: a random sample of every module, the same
for the same seed. Killed mutants of unchanged functions are not tried again, survivors if their tests changed; remove
the folder `mutants` to start anew.
"""

import argparse
import fnmatch
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from mutmut.stats import status_by_exit_code
from tqdm import tqdm

from scripts.mutation_testing.coverage import FailingTestError
from scripts.mutation_testing.kill_rates import KillRate, draw_mutants, kill_rate
from scripts.mutation_testing.mutants import FOLDER, Mutants, generate_mutants, module_of, test_selection
from scripts.mutation_testing.survivors import Survivors
from scripts.mutation_testing.trials import Trials

KILLED = ("killed", "timeout")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the mutants, try a share of them, print kill rates and survivors; exit code 1 below the wanted rate."""
    parsed = _parser().parse_args(arguments)
    mutants = generate_mutants(os.cpu_count() or 1)
    chosen = [name for name in mutants.exit_codes if fnmatch.fnmatch(name, parsed.only)]
    if not chosen:
        print(f"No mutant is named like {parsed.only}; mend --only, or remove the folder {FOLDER}.", file=sys.stderr)
        return 2
    drawn = draw_mutants(chosen, stratum_of=module_of, share=parsed.share, seed=parsed.seed)
    survivors = Survivors(FOLDER / "survivors.json")
    bar = tqdm(total=len(drawn), unit="mutant", disable=not sys.stderr.isatty())
    try:
        with Trials(FOLDER, test_selection(), bar.set_postfix_str) as trials:
            trials.cover(mutants.function_hashes, with_spark=parsed.with_spark, longest_test=parsed.longest_test)
            for name in drawn:
                _try(name, mutants, trials, survivors)
                bar.update()
    except FailingTestError as error:
        print(error, file=sys.stderr)
        return 2
    bar.close()
    statuses = {name: str(status_by_exit_code[mutants.exit_codes[name]]) for name in drawn}
    return 0 if _report(chosen, statuses) >= parsed.least else 1


def _try(name: str, mutants: Mutants, trials: Trials, survivors: Survivors) -> None:
    """Try a mutant, unless its last verdict would come out again."""
    status, tests = status_by_exit_code[mutants.exit_codes[name]], trials.code_of_tests(name)
    if status == "killed" or (status == "survived" and survivors.have(name, tests)):
        return
    start = time.monotonic()
    exit_code = trials.verdict(name)
    if status_by_exit_code[exit_code] == "survived":
        survivors.add(name, tests)
    mutants.record(name, exit_code, time.monotonic() - start)


def _report(chosen: Sequence[str], statuses: Mapping[str, str]) -> float:
    """Print the rates of modules and rooms and what was not killed; returns the lowest rate of a room."""
    sizes = Counter(map(module_of, chosen))
    rates = {}
    for room in sorted({_room_of(name) for name in statuses}):
        of_room = {name: status in KILLED for name, status in statuses.items() if _room_of(name) == room}
        for module in sorted({module_of(name) for name in of_room}):
            own = {name: is_killed for name, is_killed in of_room.items() if module_of(name) == module}
            print(_line(module, kill_rate(own, stratum_of=module_of, sizes=sizes)))
        rates[room] = kill_rate(of_room, stratum_of=module_of, sizes=sizes)
    for name, status in statuses.items():
        if status != "killed":
            print(f"{status}: {name}")
    for room, rate in rates.items():
        print(_line(room, rate))
    return min((rate.rate for rate in rates.values()), default=1.0)


def _room_of(mutant: str) -> str:
    return ".".join(module_of(mutant).split(".")[:2])


def _line(name: str, rate: KillRate) -> str:
    figures = f"{rate.n_mutants:>6} mutants {rate.n_tried:>6} tried {rate.n_killed:>6} killed {rate.rate:>7.1%}"
    interval = f"  ({rate.low:.1%} to {rate.high:.1%})" if rate.low < rate.high else ""
    return f"{name:<64}{figures}{interval}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="share of each module's mutants (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample (default: 1)")
    parser.add_argument(
        "--only", default="*", metavar="PATTERN", help="mutants to draw from: lib.sampling.* for example"
    )
    parser.add_argument("--least", type=float, default=0.85, help="rate below which the exit code is 1 (default: 0.85)")
    parser.add_argument(
        "--longest-test",
        type=float,
        default=math.inf,
        metavar="SECONDS",
        help="leave out tests that take longer, and with them what they alone would notice (default: none)",
    )
    parser.add_argument(
        "--without-spark", dest="with_spark", action="store_false", help="leave out tests that need a Spark session"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
