"""What a message says, and what it never says."""

from lib.monitoring.notification.messages import message_of, plain
from tests.monitoring.notification.alerts import alert, day

LINK = "https://dash.example/plumbline.html"


def test_a_message_has_the_figures_the_cause_and_what_to_do() -> None:
    message = message_of(alert(10), dashboard_link=LINK)
    assert message.title == "Plumbline, opened: prevalence harassment (units) up +50 % (+20 % to +90 %)"
    assert message.urgency == "warning"
    assert message.body.splitlines() == [
        "prevalence harassment (units) up +50 % (+20 % to +90 %): 0.6 % since then.",
        "0.4 % before (0.35 % to 0.45 %), 0.6 % since (0.5 % to 0.72 %).",
        "Change: +50 % (+20 % to +90 %), 95% intervals that hold at all times.",
        f"It began about {day(8)} ({day(7)} to {day(9)}); raised by the number of {day(10)}.",
        "Driven by: surface search (0.4 % to 0.8 %).",
        "Streams concerned: prevalence harassment units, prevalence harassment views.",
        "Changed about then: prompt version on 2026-03-01.",
        "2 violating sampled units to look at are named in the table `alerts`.",
        "Nobody has acknowledged it: python -m jobs.acknowledge_alert --alert-id a --who NAME --note TEXT",
        LINK,
        f"Alert a, opened with the numbers of {day(10)}.",
    ]


def test_what_is_over_or_taken_up_asks_for_nothing() -> None:
    over = message_of(alert(10, "resolved", "resolved"), dashboard_link=None)
    assert over.urgency == "success"
    assert "acknowledge" not in over.body
    assert "http" not in over.body
    assert "acknowledge" not in message_of(alert(10, acknowledged_by="ada"), dashboard_link=None).body
    assert message_of(alert(10, "withdrawn", "withdrawn"), dashboard_link=None).urgency == "info"


def test_a_channel_has_no_figures() -> None:
    row = alert(10, family="channel", segment="channel", segment_value="pager", evidence=None, direction="none")
    message = message_of(row | {"reason": "the last message failed"}, dashboard_link=None)
    assert message.title == "Plumbline, opened: channel pager"
    assert message.body.splitlines()[0] == "channel pager: the last message failed."


def test_names_from_logs_carry_no_link_no_mention_and_no_hidden_character() -> None:
    hostile = "search\u202e <b>@channel</b> [x](https://evil.example/a?b=c)\n" + "y" * 500
    assert plain(hostile)[:44] == "search? ?b??channel??b? ?x??https???evil.exa"
    row = alert(10, segment="surface", segment_value=hostile)
    row["evidence"]["drivers"][0]["segment_value"] = hostile
    row["evidence"]["streams"] = [hostile, hostile]
    message = message_of(row, dashboard_link=None)
    for text in (message.title, message.body):
        for sign in ("<", "@", "://", "\u202e", "]("):
            assert sign not in text
    assert len(message.body) < 1_500
