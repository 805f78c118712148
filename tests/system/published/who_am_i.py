"""Asks the registry who the token belongs to, with the published SDK, and says so in a line of JSON."""

import json
import sys

from tankpkg import TankClient

with TankClient(registry_url=sys.argv[1], token=sys.argv[2] if len(sys.argv) > 2 else None) as client:
    user = client.whoami()
    print(json.dumps(user and {"id": user.user_id, "name": user.name, "email": user.email}))
