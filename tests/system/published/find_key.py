"""Makes a client of the published SDK without naming a key; it asks the proxy at once whether the key that it finds on
this machine is good, and logs what came of it."""

import logging
import sys

from armoriq_sdk import ArmorIQClient

logging.basicConfig(level=logging.INFO, stream=sys.stdout)
here = sys.argv[1]
ArmorIQClient(iap_endpoint=here, proxy_endpoint=here, backend_endpoint=here, user_id="ada", agent_id="tests")
