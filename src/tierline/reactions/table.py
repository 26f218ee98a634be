"""The one table of reactions: event kind -> jobs, in the order of the flow.

A lower room never knows who reacts. It records an event, and the same transaction queues one job for each line here.
Each job takes the entry's id, is safe to repeat, and calls one operation of its room.
"""

TABLE: dict[str, tuple[str, ...]] = {}
