"""A receiver that was not written by us: verifies signed requests with Standard Webhooks' own library
for Python, and the other header with the standard library.

    python verify.py REQUESTS

REQUESTS holds one request per line, as JSON. Writes how many were verified and how many were refused
after one byte of the body had been changed, with the first surprises, as one JSON object.
"""

import base64
import hashlib
import hmac
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def knows(request, body):
    """Whether every secret the receiver may hold, and the organisation's key, verify this body."""
    for secret in request["secrets"]:
        try:
            Webhook(secret).verify(body, request["headers"])
        except WebhookVerificationError:
            return False
    key = request["organisation_key"].encode()
    tag = base64.urlsafe_b64encode(hmac.new(key, body.encode(), hashlib.sha256).digest()).decode()
    return hmac.compare_digest(tag, request["headers"]["x-bindbee-webhook-signature"])


def refused(request, body):
    """Whether no secret and no key verify this body."""
    for secret in request["secrets"]:
        try:
            Webhook(secret).verify(body, request["headers"], json_parse=False)
            return False
        except WebhookVerificationError:
            pass
    key = request["organisation_key"].encode()
    tag = base64.urlsafe_b64encode(hmac.new(key, body.encode(), hashlib.sha256).digest()).decode()
    return not hmac.compare_digest(tag, request["headers"]["x-bindbee-webhook-signature"])


def main(path):
    told = {"verified": 0, "refused": 0, "surprises": []}
    with open(path, encoding="utf-8") as requests:
        for number, line in enumerate(requests):
            request = json.loads(line)
            if knows(request, request["body"]):
                told["verified"] += 1
            else:
                told["surprises"].append(number)
            if refused(request, request["changed"]):
                told["refused"] += 1
            else:
                told["surprises"].append(-number)
    told["surprises"] = told["surprises"][:10]
    return told


print(json.dumps(main(sys.argv[1])))
