"""Signs in with the published client and says the token's name and the token in a line of JSON."""

import json
import sys

from dvc_studio_client.auth import get_access_token

name, token = get_access_token(
    hostname=sys.argv[1], token_name="box", scopes="EXPERIMENTS,MODELS", client_name="DVC", open_browser=False
)
print(json.dumps({"name": name, "token": token}), flush=True)
