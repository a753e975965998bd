"""Messages that were rejected or given up: what is told of them, and what becomes of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.shelf import Shelf as Name
from shared.domain.shelved import LONGEST, Message, Shelved, read_rejection, shelved
from shared.services.deciding.messages import PUT_BACK, SEARCH_SECONDS, TAKES, DecideAboutMessages
from shared.services.ports import Outbox as OutboxPort
from shared.services.reading.messages import ReadMessages, Shelves
from shared.services.refusals import (
    MessageNotFoundError,
    MessageOutOfReachError,
    NotResendableError,
    QueueNotFoundError,
)
from shared.services.starting.ingest import Ingest
from shared.storage.table import StorageRefusedError, StorageUnavailableError
from tests.support.clocks import HandClock
from tests.support.runs import LANE, RUN_ID
from tests.support.services import Bench, Outbox
from tests.support.shelves import Shelf

SECRET = "hush-hush"
REQUEST = {
    "workflowId": "5d3a1f0e-0000-0000-0000-000000000001",
    "connectionName": "shared_uiflow_1",
    "runMode": "unattended",
    "inputs": {"Password": SECRET},
    "notifyUrl": f"https://receiver.example.org/?sig={SECRET}",
    "correlationId": "order 17",
}
KEYED = REQUEST | {"idempotencyKey": "invoice-4711"}
NOTHING = dict.fromkeys(
    ("workflowId", "connectionName", "runMode", "correlationId", "idempotencyKey")
)


def rejections(text: str, message_id: str = "the original") -> list[str]:
    """Give the messages that the app itself puts aside for a text."""
    bench = Bench()
    rejected = Outbox()
    Ingest(bench.app.start, rejected)(text.encode(), message_id)
    return [content for content, _ in rejected.sent]


def one(name: Name, content: str) -> Shelved:
    (found,) = shelved(name, [Message("id", content, 0, 0)])
    return found


class TestWhatIsTold:
    def test_a_rejected_request_says_why_and_what_it_asked_for(self) -> None:
        found = one(Name.REJECTED, *rejections(json.dumps(KEYED | {"runMode": "never"})))
        assert [(each.target, each.code) for each in found.reasons] == [("runMode", "InvalidValue")]
        assert found.reasons[0].message.startswith("must be")
        assert found.told == {
            "workflowId": KEYED["workflowId"],
            "connectionName": "shared_uiflow_1",
            "runMode": "never",
            "correlationId": "order 17",
            "idempotencyKey": "invoice-4711",
        }
        assert (found.message_id, found.hindrance) == ("the original", None)

    @pytest.mark.parametrize("name", [Name.REJECTED, Name.REQUESTS])
    def test_nothing_that_may_be_secret_is_told(self, name: Name) -> None:
        odd = KEYED | {"runMode": "never", "correlationId": {"a": SECRET}, "workflowId": [SECRET]}
        for text in (json.dumps(odd), f'{{"{SECRET}": ', SECRET, json.dumps([SECRET])):
            content = rejections(text)[0] if name is Name.REJECTED else text
            found = one(name, content)
            assert SECRET not in json.dumps(found.told)

    def test_a_long_value_is_cut(self) -> None:
        found = one(Name.REQUESTS, json.dumps(KEYED | {"correlationId": "x" * 1_000}))
        assert found.told["correlationId"] == "x" * LONGEST

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            (Name.WAKE_UPS, LANE, {"laneId": LANE}),
            (Name.NOTIFICATIONS, RUN_ID, {"runId": RUN_ID}),
            (Name.NOTIFICATIONS, DeliveryRequest(RUN_ID, "a").text, {"runId": RUN_ID}),
            (Name.REQUESTS, json.dumps({"workflowId": 7, "timeout": 5}), {"workflowId": "7"}),
            (Name.WAKE_UPS, "nonsense!", {}),
            (Name.NOTIFICATIONS, "nonsense!", {}),
        ],
    )
    def test_each_kind_names_what_it_is_about(
        self, name: Name, text: str, told: dict[str, str]
    ) -> None:
        """Whether its sender wrote it in base64 or not."""
        assert one(name, text).told == told
        assert one(name, base64.b64encode(text.encode()).decode()).told == told

    def test_a_long_text_in_several_messages_is_one(self) -> None:
        text = json.dumps({"nonsense": "ü" * 30_000}, ensure_ascii=False)
        parts = rejections(text)
        assert len(parts) > 1
        messages = [Message(str(number), part, 0, 0) for number, part in enumerate(parts)]
        (found,) = shelved(Name.REJECTED, [*messages, messages[0]])
        assert (found.text, found.parts, found.id) == (text, len(parts), "0")
        (broken,) = shelved(Name.REJECTED, messages[1:])
        assert broken.text is None
        assert "parts" in (broken.hindrance or "")

    @given(st.text() | st.recursive(st.none() | st.text(max_size=5), st.lists).map(json.dumps))
    def test_whatever_lies_there_is_told(self, content: str) -> None:
        """Anybody may write to a queue."""
        for name in Name:
            found = one(name, content)
            assert set(found.told) <= {*NOTHING, "laneId", "runId"}
            if found.hindrance is None:
                found.sent_again()

    @pytest.mark.parametrize("change", [{"part": "x"}, {"reasons": 7}, {"messageId": ""}])
    def test_what_only_resembles_a_rejection_is_none(self, change: dict[str, Any]) -> None:
        (text,) = rejections("hello")
        assert read_rejection(text) is not None
        assert read_rejection(json.dumps(json.loads(text) | change)) is None


def decider(shelves: Shelves, outboxes: Mapping[Name, OutboxPort]) -> DecideAboutMessages:
    return DecideAboutMessages(shelves, outboxes, HandClock())


class TestDeciding:
    def parts(self, name: Name) -> tuple[Shelf, Outbox, DecideAboutMessages]:
        shelf, outbox = Shelf(), Outbox()
        return shelf, outbox, decider({name: shelf}, {name: outbox})

    def test_what_is_sent_again_lies_there_no_more_and_all_else_does(self) -> None:
        shelf, outbox, messages = self.parts(Name.REQUESTS)
        first, meant, last = shelf.put(*(json.dumps(KEYED | {"timeout": n}) for n in (1, 2, 3)))
        assert messages.resend(Name.REQUESTS, meant).id == meant
        assert [text for text, _ in outbox.sent] == [json.dumps(KEYED | {"timeout": 2})]
        assert [each.id for each in shelf.lying] == [first, last]
        assert [each.id for each in shelf.peek()] == [first, last], "nobody has to wait for them"

    def test_a_rejected_request_without_a_key_has_its_message_s_id(self) -> None:
        """Its numbers keep their digits: the same request as before, not one like it."""
        shelf, outbox, messages = self.parts(Name.REJECTED)
        text = json.dumps(REQUEST | {"runMode": "never", "idempotencyKey": None})
        text = text.replace(f'"{SECRET}"', "1234567890123456.780", 1)
        (meant,) = shelf.put(*rejections(text))
        messages.resend("rejected", meant)
        ((sent, _),) = outbox.sent
        assert json.loads(sent)["idempotencyKey"] == "the original"
        assert "1234567890123456.780" in sent
        assert shelf.lying == []

    def test_a_request_that_has_its_key_is_sent_as_it_came(self) -> None:
        shelf, outbox, messages = self.parts(Name.REJECTED)
        text = json.dumps(KEYED | {"runMode": "never"}, indent=1)
        (meant,) = shelf.put(*rejections(text))
        messages.resend("rejected", meant)
        assert [sent for sent, _ in outbox.sent] == [text]

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            (Name.REQUESTS, json.dumps(REQUEST), "idempotencyKey"),
            (Name.REQUESTS, "hello!", "no JSON object"),
            (Name.WAKE_UPS, "hello!", "names nothing"),
            (Name.NOTIFICATIONS, "hello!", "names nothing"),
            (Name.REJECTED, "hello!", "parts"),
            (Name.REJECTED, "hello", "no JSON object"),
        ],
    )
    def test_what_cannot_be_sent_again_says_why_and_stays(
        self, name: Name, content: str, why: str
    ) -> None:
        """A request whose key nobody knows any more may have its run already."""
        shelf, outbox, messages = self.parts(name)
        text = rejections(content)[0] if content == "hello" else content
        (meant,) = shelf.put(text)
        with pytest.raises(NotResendableError, match=why):
            messages.resend(name, meant)
        assert (len(shelf.peek()), outbox.sent) == (1, [])

    def test_what_is_too_long_to_be_sent_says_so_and_stays(self) -> None:
        shelf, _, messages = self.parts(Name.REQUESTS)
        (meant,) = shelf.put(json.dumps(KEYED))

        class Full(Outbox):
            def send(self, text: str, *, delay_seconds: int = 0) -> None:
                raise StorageRefusedError(f"{len(text)}, {delay_seconds}")

        refusing = decider(messages.shelves, {Name.REQUESTS: Full()})
        with pytest.raises(NotResendableError, match="too long"):
            refusing.resend(Name.REQUESTS, meant)
        assert len(shelf.peek()) == 1

    def test_what_could_not_be_sent_stays(self) -> None:
        shelf, outbox, messages = self.parts(Name.REQUESTS)
        (meant,) = shelf.put(json.dumps(KEYED))
        outbox.fails = True
        with pytest.raises(StorageUnavailableError):
            messages.resend(Name.REQUESTS, meant)
        assert len(shelf.peek()) == 1

    @pytest.mark.parametrize("decision", ["resend", "remove"])
    def test_all_parts_go_together(self, decision: str) -> None:
        shelf, outbox, messages = self.parts(Name.REJECTED)
        text = json.dumps(KEYED | {"inputs": {"a": "ü" * 20_000}, "colour": 1}, ensure_ascii=False)
        other = shelf.put(*rejections("hello", "another"))
        parts = shelf.put(*rejections(text))
        shelf.page = 2
        getattr(messages, decision)("rejected", parts[-1])
        assert [each.id for each in shelf.lying] == other
        assert [sent for sent, _ in outbox.sent] == ([text] if decision == "resend" else [])

    def test_one_behind_many_is_found_and_the_first_of_them_are_put_back(self) -> None:
        """Those that a list shows; the others come back by themselves."""
        shelf, _, messages = self.parts(Name.WAKE_UPS)
        ids = shelf.put(*[LANE] * 200)
        messages.remove(Name.WAKE_UPS, ids[150])
        assert len(shelf.lying) == 199
        assert ({*shelf.hidden}, shelf.takes) == ({*ids[PUT_BACK:160]}, 5)

    @pytest.mark.parametrize("lying", [0, 3, 1_000])
    def test_one_that_is_not_there_is_said_so_and_nothing_is_changed(self, lying: int) -> None:
        shelf, outbox, messages = self.parts(Name.WAKE_UPS)
        shelf.put(*[LANE] * lying)
        for decide in (messages.resend, messages.remove):
            with pytest.raises(MessageNotFoundError):
                decide(Name.WAKE_UPS, "somebody else's")
        assert (len(shelf.lying), outbox.sent) == (lying, [])
        assert len(shelf.peek()) == min(lying, shelf.page)
        assert shelf.takes <= 2 * TAKES

    def test_one_among_too_many_is_said_to_be_out_of_reach(self) -> None:
        shelf, outbox, messages = self.parts(Name.WAKE_UPS)
        ids = shelf.put(*[LANE] * (TAKES * shelf.page + 1))
        with pytest.raises(MessageOutOfReachError, match="2,048"):
            messages.resend(Name.WAKE_UPS, ids[-1])
        assert (len(shelf.lying), outbox.sent) == (len(ids), [])
        assert [each.id for each in shelf.peek()] == ids[: shelf.page]

    def test_the_search_ends_before_what_it_has_taken_is_seen_again(self) -> None:
        shelf, _, messages = self.parts(Name.WAKE_UPS)
        ids = shelf.put(*[LANE] * 1_000)
        clock = HandClock()

        class Slow(Shelf):
            def take(self, seconds: int) -> list[Message]:
                clock.sleep(SEARCH_SECONDS / 4)
                return super().take(seconds)

        slow = Slow(lying=shelf.lying)
        late = replace(messages, shelves={Name.WAKE_UPS: slow}, clock=clock)
        with pytest.raises(MessageOutOfReachError):
            late.remove(Name.WAKE_UPS, ids[-1])
        assert slow.takes == 4

    @pytest.mark.parametrize("name", ["run-requests", "", "rejected "])
    def test_there_are_no_other_queues(self, name: str) -> None:
        """Not those that are being worked: what is taken there would come late."""
        _, _, messages = self.parts(Name.REJECTED)
        for decide in (messages.resend, messages.remove):
            with pytest.raises(QueueNotFoundError):
                decide(name, "id")
        with pytest.raises(QueueNotFoundError):
            ReadMessages({})(name)


def test_looking_takes_nothing_and_tells_whether_there_is_more() -> None:
    shelf = Shelf()
    shelf.put(*[LANE] * 33)
    lying = ReadMessages({Name.WAKE_UPS: shelf})("wakeups-poison")
    assert (len(lying.found), lying.more, shelf.takes) == (32, True, 0)
    shelf.page = 50
    assert not ReadMessages({Name.WAKE_UPS: shelf})("wakeups-poison").more
