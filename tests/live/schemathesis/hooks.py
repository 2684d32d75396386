"""What Schemathesis cannot know: a backend's key, persons of many addresses, recoveries that exist, codes of digits,
and what is right.

Half of the calls come from a backend that names a person of an address of its own, so that no client's limit ends the
run early; the other half come as they are. Half of the addresses with a recovery in them name one that has begun, and
half of the codes that are texts are digits. A quarter of the codes and tokens are those of mails that were really sent,
and of reset tokens that were given for them, with a password that may be set. The choices follow from a seed, as all
else of a run does.
"""

import itertools
import json
import os
import random
import urllib.request

import schemathesis

BASE, HOST, KEY = (os.environ[name] for name in ("REGAIN_BASE", "REGAIN_HOST", "REGAIN_KEY"))
# Recoveries of people who exist: id, code and link's token of each.
seeds = json.loads(os.environ.get("REGAIN_SEEDS", "[]"))
tokens = [seed["token"] for seed in seeds]
persons = (f"2001:db8:{n >> 16 & 0xFFFF:x}:{n & 0xFFFF:x}::1" for n in itertools.count(1))
choice = random.Random(1)


def begin():
    """Begins a recovery with a code and gives its id."""
    headers = {
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "host": HOST,
        "regain-client-ip": next(persons),
    }
    body = json.dumps({"identifier": "nobody", "method": "email_otp"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{BASE}/recoveries", body, headers)) as answer:
        return json.load(answer)["id"]


begun = [begin() for _ in range(8)]


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.headers is not None and choice.random() < 0.5:
        case.headers["Authorization"] = f"Bearer {KEY}"
        case.headers["Regain-Client-IP"] = next(persons)
    parameters = case.path_parameters or {}
    if "id" in parameters and choice.random() < 0.5:
        parameters["id"] = choice.choice(begun)
    if isinstance(case.body, dict) and isinstance(case.body.get("code"), str) and choice.random() < 0.5:
        case.body["code"] = f"{choice.randrange(10**8):08}"
    if seeds and isinstance(case.body, dict) and choice.random() < 0.25:
        if "code" in case.body and "id" in parameters:
            seed = choice.choice(seeds)
            parameters["id"], case.body["code"] = seed["id"], seed["code"]
        if "token" in case.body:
            case.body["token"] = choice.choice(tokens)
        if "password" in case.body:
            case.body["password"] = f"plinth ostrich varnish {choice.randrange(10**6)}"


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and case.operation.path.endswith("/verify"):
        tokens.append(json.loads(response.content)["reset_token"])
