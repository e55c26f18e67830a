import time

from .base import BaseAgent


class Planner(BaseAgent):
    @property
    def instructions(self) -> str:
        return open("planner.md").read() + f"\nUnix time: {int(time.time())}"
