"""The twin of bench/trials/stopwatch.ts."""
import json
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
