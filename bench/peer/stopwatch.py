"""The twin of bench/trials/stopwatch.ts."""
import json
import sys
import time


class Stopwatch(object):
    """Wall and CPU time (all threads) of pieces of work, in nanoseconds for one repetition."""

    def __init__(self):
        self.trial = {'wall': {}, 'cpu': {}}

    def measure(self, quantity, repetitions, work):
        """Runs work(), which is `repetitions` repetitions."""
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        self.trial['wall'][quantity] = wall * 1e9 / repetitions
        self.trial['cpu'][quantity] = cpu * 1e9 / repetitions

    def report(self):
        print(json.dumps(self.trial))


def take_rounds(work):
    """Says that it is ready; then does a round for each line on standard input, and prints what it measured."""
    print('ready')
    sys.stdout.flush()
    for _ in iter(sys.stdin.readline, ''):
        stopwatch = Stopwatch()
        work(stopwatch)
        stopwatch.report()
        sys.stdout.flush()
