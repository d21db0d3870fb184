"""An OpenID Connect provider on the loopback, as a process of its own: oidc-provider-mock, with PKCE.

python -m tests.oidc        prints its port

PUT /users/SUB with the claims of somebody; PUT /mode/WORD makes it go wrong: `other` (userinfo is about
somebody else), `no-token` (no ID token), `garbage` (the token endpoint gives no JSON), `well`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from curation.embedded.children import leave_with
from curation.sign_in_settings import Provider

CLIENT, SECRET = "vasculum", "of the client alone"


class OidcProvider:
    """The process, from outside."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.oidc"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
            text=True,
            preexec_fn=leave_with(os.getpid()),
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def settings(self, role: str = "") -> Provider:
        return Provider("Test Museum", self.url, CLIENT, SECRET, role)

    def environment(self, role: str = "") -> dict[str, str]:
        values = self.settings(role)
        return {
            "VASCULUM_OIDC_NAME": values.name,
            "VASCULUM_OIDC_ISSUER": values.issuer,
            "VASCULUM_OIDC_CLIENT_ID": values.client_id,
            "VASCULUM_OIDC_CLIENT_SECRET": values.secret,
            "VASCULUM_OIDC_ROLE": role,
        }

    def knows(self, subject: str, **claims: object) -> None:
        httpx.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()

    def mode(self, word: str) -> None:
        httpx.put(f"{self.url}/mode/{word}").raise_for_status()

    def agree(self, address: str, subject: str) -> str:
        """What a person does there, without a browser: the address that they are sent back to."""
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def application() -> Any:
    import flask
    import oidc_provider_mock

    app = oidc_provider_mock.app(issue_refresh_token=False)
    challenges: dict[str, str] = {}
    mode = {"word": "well"}

    def refused(words: str) -> Any:
        return flask.make_response({"error": "invalid_request", "error_description": words}, 400)

    @app.put("/mode/<word>")
    def set_mode(word: str) -> tuple[str, int]:
        mode["word"] = word
        return "", 204

    @app.before_request
    def insist() -> Any:
        """RFC 7636, and the secret of the client, which the mock does not look at."""
        asked, form = flask.request, flask.request.form
        if asked.path == "/oauth2/authorize":
            arguments: Mapping[str, str] = asked.args
            if arguments.get("code_challenge_method") != "S256" or len(arguments["code_challenge"]) < 43:
                return refused("PKCE is missing")
            if len(arguments.get("state", "")) < 16:
                return refused("state is missing")
        if asked.path == "/oauth2/token":
            if mode["word"] == "garbage":
                return flask.make_response("<p>Down for maintenance", 200)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if challenges.pop(form["code"], "") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
                return refused("the verifier is not that of the challenge")
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
                return refused("another client")
        return None

    @app.after_request
    def remember(response: Any) -> Any:
        path = flask.request.path
        if path == "/oauth2/authorize" and response.status_code == 302:
            query = parse_qs(urlsplit(response.headers["Location"]).query)
            if "code" in query:
                challenges[query["code"][0]] = flask.request.args["code_challenge"]
        if path == "/userinfo" and mode["word"] == "other":
            response.set_data(json.dumps(json.loads(response.get_data()) | {"sub": "somebody-else"}))
        if path == "/oauth2/token" and mode["word"] == "no-token":
            told = json.loads(response.get_data())
            told.pop("id_token", None)
            response.set_data(json.dumps(told))
        return response

    return app


if __name__ == "__main__":
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, application(), threaded=True)
    print(server.port, flush=True)  # noqa: T201
    server.serve_forever()
