"""One command and its answer, in virtual time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

from planner.link.command import Command
from planner.link.mavlink import mavlink as m


@dataclass
class Answering:
    """Answers each command with the given results, one after the other, a second apart."""

    clock: Any
    send: Callable[[Any], None]
    results: list[int]
    heard: list[Any] = field(default_factory=list)

    def receive(self, message: Any) -> None:
        self.heard.append(message)
        for n, result in enumerate(self.results):
            ack = m.MAVLink_command_ack_message(message.command, result)
            self.clock.at(self.clock.now + n, partial(self.send, ack))


def run(virtual: ModuleType, results: list[int], **air: Any) -> tuple[Command, Answering, float]:
    clock, dice = virtual.Clock(), random.Random(0)
    command = Command(virtual.AIRCRAFT, m.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    airs = virtual.Air(clock, dice, **air), virtual.Air(clock, dice)
    peer = virtual.carry_out(command, clock, *airs, partial(Answering, results=results))
    return command, peer, clock.now


def test_accepted(virtual: ModuleType) -> None:
    command, peer, _ = run(virtual, [m.MAV_RESULT_ACCEPTED])
    assert command.accepted and command.error is None
    [heard] = peer.heard
    assert (heard.command, heard.param1, heard.target_system) == (400, 1, 1)


def test_refused(virtual: ModuleType) -> None:
    command, _, _ = run(virtual, [m.MAV_RESULT_FAILED])
    assert command.error == "MAV_CMD_COMPONENT_ARM_DISARM was answered with MAV_RESULT_FAILED"


def test_in_progress_is_waited_for(virtual: ModuleType) -> None:
    progress = m.MAV_RESULT_IN_PROGRESS
    command, peer, seconds = run(virtual, [progress, progress, progress, m.MAV_RESULT_ACCEPTED])
    assert command.accepted
    assert len(peer.heard) == 1
    assert seconds > 3


def test_lost_commands_are_sent_again_and_counted(virtual: ModuleType) -> None:
    lost: list[Any] = []

    def first_two(message: Any) -> bool:
        lost.append(message)
        return len(lost) <= 2

    command, peer, _ = run(virtual, [m.MAV_RESULT_ACCEPTED], drop_next=first_two)
    assert command.accepted
    assert [message.confirmation for message in peer.heard] == [2]


def test_no_answer(virtual: ModuleType) -> None:
    command, _, seconds = run(virtual, [], loss=1.0)
    assert command.error == "no COMMAND_ACK for MAV_CMD_COMPONENT_ARM_DISARM after 6 tries"
    assert command.result is None
    assert seconds == 9
