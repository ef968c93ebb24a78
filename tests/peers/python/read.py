"""Reads OpenMetrics pages with the strict parser of prometheus_client.

Standard input is a JSON array of pages. Standard output is one of {"families": …} or {"error": …}
for each, the families in a form in which equal ones are equal as text: numbers are written by repr,
samples are sorted.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def number(value):
    return None if value is None else repr(float(value))


def label(name, value):
    return repr(float(value)) if name in ("le", "quantile") else value


def exemplar(found):
    if found is None:
        return None
    return [found.labels, number(found.value), number(found.timestamp)]


def sample(found):
    return [
        found.name,
        {name: label(name, value) for name, value in (found.labels or {}).items()},
        number(found.value),
        number(found.timestamp),
        exemplar(found.exemplar),
    ]


def by_text(value):
    return json.dumps(value, sort_keys=True)


def read(page):
    try:
        families = [
            {
                "name": family.name,
                "type": family.type,
                "help": family.documentation,
                "unit": family.unit,
                "samples": sorted((sample(s) for s in family.samples), key=by_text),
            }
            for family in text_string_to_metric_families(page)
        ]
        return {"families": families}
    except Exception as error:  # The parser throws more than its ValueError at bad pages.
        return {"error": repr(error)}


json.dump([read(page) for page in json.load(sys.stdin)], sys.stdout)
