"""Processes that train apart and exchange what they learned, without waiting for one another.

Two threads of one process wait for each other at every operation, so that other work on one core slows both. Here each process has a core;
after every few steps it adds a share of its change to common weights and goes on from there (asynchronous local SGD, as in Hogwild
and DiLoCo). A process that is held up only adds less.
"""

import os
from collections.abc import Iterable

import torch
import torch.multiprocessing as mp
from torch import Tensor, nn

EVERY = 4  # steps between two exchanges


class Common:
    """The weights all processes add to, and what they count together."""

    def __init__(self, model: nn.Module, processes: int, done: dict):
        context = mp.get_context("fork")
        self.lock = context.Lock()
        self.weights = [p.detach().clone().share_memory_() for p in model.parameters()]
        self.processes = processes
        self.share = processes**-0.5
        self.tokens = context.Value("d", done["tokens"])
        self.elapsed = context.Value("d", done["elapsed"])
        self.ended = context.Value("b", 0)

    def member(self, model: nn.Module) -> "Member":
        return Member(self, list(model.parameters()))


class Member:
    """One process's side: its weights as they were after the last exchange."""

    def __init__(self, common: Common, parameters: Iterable[Tensor]):
        self.common, self.parameters = common, list(parameters)
        self.before = [p.detach().clone() for p in self.parameters]
        self.tokens = 0

    @torch.no_grad()
    def exchange(self) -> None:
        """Adds what changed since the last time, and goes on from what all have added."""
        with self.common.lock:
            for common, before, mine in zip(self.common.weights, self.before, self.parameters, strict=True):
                common.add_((mine - before).to(common.device), alpha=self.common.share)
                mine.copy_(common)
                before.copy_(common)
            self.common.tokens.value += self.tokens
        self.tokens = 0


def own_core(core: int | None) -> None:
    """Keeps this process on one core, so that its work never moves to where another one computes."""
    if core is not None:
        os.sched_setaffinity(0, {core})
