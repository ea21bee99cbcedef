"""A bill of materials without what differs each time: its number, the hour, this machine's paths."""

import datetime
import json
import sys

bill = json.load(sys.stdin)
bill.pop("serialNumber", None)
seconds = int(sys.argv[1])
time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
bill.setdefault("metadata", {})["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
json.dump(bill, sys.stdout, indent=1, sort_keys=True)
print()
