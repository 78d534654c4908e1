"""A real OpenID provider as a process: `python -m tests.openid_provider PORT`. It checks PKCE, and lies when told to.

`PUT /lie` says what is wrong with the next identity token: {"claims": {…}} lays other claims over it, {"key": "other"}
signs it with a key that is not published, {"status": 500} answers with that instead of a token; {} ends it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from urllib.parse import parse_qs, urlsplit

import flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import app as made
from werkzeug.serving import make_server


def provider() -> flask.Flask:
    """The application."""
    app = made(require_nonce=True)
    lies: dict[str, object] = {}
    challenges: dict[str, str] = {}

    @app.put("/lie")
    def lie() -> str:
        lies.clear()
        lies.update(flask.request.get_json())
        return ""

    @app.before_request
    def proof() -> flask.Response | None:
        """The code is worth something only to whoever began (RFC 7636)."""
        if flask.request.path != "/oauth2/token":
            return None
        if "status" in lies:
            return flask.Response("away", status=int(str(lies["status"])))
        challenge = challenges.pop(flask.request.form.get("code", ""), None)
        digest = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
        if challenge != base64.urlsafe_b64encode(digest).decode().rstrip("="):
            return flask.Response('{"error": "invalid_grant"}', status=400, mimetype="application/json")
        return None

    @app.after_request
    def spoilt(answer: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/authorize" and "Location" in answer.headers:
            code = parse_qs(urlsplit(answer.headers["Location"]).query).get("code", [""])[0]
            if flask.request.args.get("code_challenge_method") == "S256":
                challenges[code] = flask.request.args["code_challenge"]
        if flask.request.path == "/oauth2/token" and answer.status_code == 200 and lies:
            body = json.loads(answer.get_data())
            key = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
            told = jwt.decode(body["id_token"], key)
            if lies.get("key") == "other":
                key = RSAKey.generate_key(2048, {"kid": told.header.get("kid")} if "kid" in told.header else None)
            claims = {**told.claims, **dict(lies.get("claims", {}))}  # type: ignore[call-overload]
            shift = int(str(lies.get("shift", 0)))
            claims |= {name: int(claims[name]) + shift for name in ("iat", "exp")}
            body["id_token"] = jwt.encode(told.header, claims, key)
            answer.set_data(json.dumps(body))
        return answer

    return app


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(sys.argv[1]), provider(), threaded=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()
