"""Prints what Drain3 finds in messages that the page has masked: `patterns.py < masked.json > patterns.json`.

Drain3 0.9.11, with its defaults, but that more than half of the tokens must be equal, and that it has no rule of its
own for tokens with digits: they are masked already.
"""
import json
import sys

from drain3.drain import Drain

drain = Drain(depth=4, sim_th=0.501, max_children=100, parametrize_numeric_tokens=False)
messages = json.load(sys.stdin)
clusters = [drain.add_log_message(message)[0].cluster_id for message in messages]
patterns = {each.cluster_id: each.get_template() for each in drain.clusters}
found = [[message, patterns[cluster].replace("<*>", "*")] for message, cluster in zip(messages, clusters)]
print("[\n" + ",\n".join(json.dumps(each) for each in found) + "\n]")
