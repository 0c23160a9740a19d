"""The names that alerts and their messages use, for those who do without Spark."""

STATES = {"open": "it needs a person, or lasts", "resolved": "it is over", "withdrawn": "it never was"}
TRANSITIONS = {
    "opened": "raised",
    "worsened": "the change is surely larger than when it was last told",
    "resolved": "over",
    "reopened": "it came back, or a person opened it again",
    "withdrawn": "the numbers that it rested on were restated, or the break was declared",
    "none": "as the day before",
}
KINDS = {
    "level_shift": "a new level from one day to the next",
    "drift": "a gradual change",
    "channel": "messages to a channel of notification fail",
}
RESOLUTIONS = {
    "returned": "back at the level before",
    "new_level": "the new level has stayed for monitoring.settle_days and is the baseline now",
    "break": "a declared break: the stream starts anew",
    "delivered": "messages to the channel go through again",
    "acknowledged": "a person had opened it again, and another has acknowledged it",
}
CHANNEL_FAMILY = "channel"

# Attempts to tell a channel.
STATUSES = {"sent": "the channel took it", "failed": "it did not, and is tried again by the next run"}
FAULTS = {
    "no_address": "the environment variable with the address is not set",
    "bad_address": "the address is none that Apprise knows",
    "refused": "the service refused the message or could not be reached",
    "timed_out": "the channel did not answer in time",
    "error": "the channel's code broke",
}
