"""A second opinion on what is pushed: Python's own JSON and jsonschema, with the schema we serve.

    python push.py SCHEMA BODIES

BODIES holds one body per line, as JSON: its form and its bytes in base64. Writes for each, on a line,
a JSON object with a verdict (not_json, accepted, refused) and the JSON pointers of what is wrong.
"""

import base64
import json
import re
import sys

from jsonschema import Draft4Validator, ValidationError, validators


def pattern(validator, wanted, instance, schema):
    """Patterns are those of ECMA-262, where $ is the very end; Python's also stands before a last \\n."""
    if validator.is_type(instance, "string"):
        if not re.search(re.sub(r"\$$", r"\\Z", wanted), instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")


Validator = validators.extend(Draft4Validator, {"pattern": pattern})


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def read(text):
    return json.loads(text, parse_constant=no_constant)


def document(form, body):
    """What is checked, and the place that each user is known by."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    if form == "json":
        return read(text), None
    lines = [(number, line) for number, line in enumerate(text.split("\n")) if line.strip(" \t\r\f")]
    if not lines:
        raise ValueError("it is empty")
    return {"users": [read(line) for _, line in lines]}, [number for number, _ in lines]


def pointers(error, places):
    """Where it is; what is missing, where it would be."""
    path = list(error.absolute_path)
    if places and len(path) > 1:
        path[1] = places[path[1]]
    ends = [[]]
    if error.validator == "required":
        ends = [[name] for name in error.validator_value if name not in error.instance]
    return ["".join(f"/{part}" for part in path + end) for end in ends]


def verdict(validator, form, body):
    try:
        checked, places = document(form, body)
    except (ValueError, RecursionError):
        return {"verdict": "not_json", "paths": []}
    errors = validator.iter_errors(checked)
    paths = sorted({path for error in errors for path in pointers(error, places)})
    return {"verdict": "refused" if paths else "accepted", "paths": paths}


def main(schema, bodies):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    Draft4Validator.check_schema(schema)
    validator = Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    with open(bodies, encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            print(json.dumps(verdict(validator, one["form"], base64.b64decode(one["body"]))))


main(*sys.argv[1:])
