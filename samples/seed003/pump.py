#!/usr/bin/env python3
"""Sends a parameter through Redis, as the tool of seed system 003 does: pump.py -p N [-i]. None sends a stop."""
import argparse, json

import redis

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-p", "--param", required=True)
parser.add_argument("-i", "--input", action="store_true", help="send to the method server")
parser.add_argument("--redishost", default="127.0.0.1")
parser.add_argument("--redisport", type=int, default=6379)
options = parser.parse_args()
message = None if options.param == "None" else int(options.param)
queue = "input" if options.input else "pipeline"
redis.Redis(options.redishost, options.redisport).rpush(queue, json.dumps(message))
print("Pushed", options.param, "to", queue)
