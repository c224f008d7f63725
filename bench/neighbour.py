"""Cartography's own Slack module, ontology and cleanup into a Neo4j; a made-up Slack on this machine answers it.

    PYTHON -m bench.neighbour TAG FIRST LAST

PYTHON is of an environment of its own that has `cartography` and nothing of ours. People are numbers FIRST to LAST;
their addresses are those of the people in rc2graph's own made-up company, where there are so many.
"""

import json
import os
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cartography.intel.slack
import neo4j
from cartography.config import Config
from cartography.sync import TOP_LEVEL_MODULES, Sync

STAGES = ("create-indexes", "slack", "ontology", "analysis")
TEAM = "T0ELSEWHERE"


def person(number, addresses):
    at = addresses[number] if number < len(addresses) else f"person{number}@elsewhere.example"
    name = at.partition("@")[0]
    return {
        "id": f"U{number:08}", "team_id": TEAM, "name": name, "real_name": name, "deleted": number % 9 == 0,
        "is_admin": number % 7 == 0, "is_owner": number == 1, "is_bot": number % 11 == 0, "has_mfa": True,
        "is_restricted": False, "is_ultra_restricted": False, "is_email_confirmed": True,
        "profile": {"email": at, "display_name": name, "first_name": name, "last_name": "", "team": TEAM},
    }  # fmt: skip


def answers(first, last, addresses):
    people = [person(number, addresses) for number in range(first, last + 1)]
    ids = [one["id"] for one in people]
    channel = {"is_private": False, "is_archived": False, "is_general": True, "created": 1, "creator": ids[0],
               "num_members": len(ids), "topic": {"value": ""}, "purpose": {"value": ""}}  # fmt: skip
    group = {"description": "", "is_subteam": True, "is_external": False, "date_create": 1, "date_update": 1,
             "date_delete": 0, "created_by": ids[0], "updated_by": ids[0], "user_count": len(ids),
             "channel_count": 1}  # fmt: skip
    return {
        "auth.teams.list": {"teams": [{"id": TEAM, "name": "Elsewhere"}]},
        "team.info": {"team": {"id": TEAM, "name": "admin", "domain": "elsewhere", "url": "https://elsewhere.example",
                               "is_verified": True, "email_domain": "elsewhere.example"}},
        "users.list": {"members": people},
        "conversations.list": {"channels": [{**channel, "id": f"C{first}{n}", "name": f"c-{n}"} for n in range(3)]},
        "conversations.members": {"members": ids},
        "usergroups.list": {"usergroups": [
            {**group, "id": f"S{first}{n}", "name": name, "handle": name, "users": ids, "prefs": {"channels": []}}
            for n, name in enumerate(("admin", "board", "platform-eng"))
        ]},
    }  # fmt: skip


def slack(told):
    class Slack(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = told.get(self.path.rpartition("/")[2])
            body = json.dumps({"ok": found is not None, "error": "unknown_method", **(found or {})}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/api/"


def main():
    tag, first, last = map(int, sys.argv[1:4])
    at = slack(answers(first, last, json.loads(os.environ["ADDRESSES"])))
    cartography.intel.slack.WebClient = partial(cartography.intel.slack.WebClient, base_url=at)
    uri, user, password = (os.environ[name] for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"))
    config = Config(
        uri, user, password, update_tag=tag, slack_token="made-up", slack_channels_memberships=True,  # noqa: S106
        ontology_users_source="slack",
    )  # fmt: skip
    sync = Sync()
    sync.add_stages([(stage, TOP_LEVEL_MODULES[stage]) for stage in STAGES])
    with neo4j.GraphDatabase.driver(uri, auth=(user, password), notifications_min_severity="OFF") as driver:
        sys.exit(sync.run(driver, config))


if __name__ == "__main__":
    main()
