"""Simulated years: `./run simulate --years N [--seed S]`. Prints the seed, each violation as small as it was made, and
how many there were. Ends with 1 when there was one.
"""

from __future__ import annotations

import argparse
import sys
from random import SystemRandom

from tests.simulation.life import lived, random_year, smaller


def main() -> int:
    """Live the years."""
    parser = argparse.ArgumentParser(prog="./run simulate", description="Live simulated years and count violations.")
    parser.add_argument("--years", type=int, default=18, help="how many (18: each habit once)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="the first year's number")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    bad = 0
    for seed in range(asked.seed, asked.seed + asked.years):
        habits, days = random_year(seed)
        broken = lived(habits, days)
        if broken:
            bad += 1
            sys.stdout.write(f"year {seed} {habits}: {broken[0]}\n")
            sys.stdout.flush()
            number = int(broken[0].split()[1].rstrip(":"))
            days = smaller(habits, days[: number + 1])
            sys.stdout.write(f"  in {len(days)} days: {lived(habits, days)}\n")
            sys.stdout.writelines(f"    {day}\n" for day in days[-20:])
        sys.stdout.flush()
    sys.stdout.write(f"{asked.years} years, {bad} with a violation\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
