#!/usr/bin/env python3
"""Prints the next response from Redis, as the tool of seed system 003 does: pull.py [-t SECONDS]."""
import argparse, json

import redis

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-t", "--timeout", type=int, default=0, help="in seconds; 0 waits without a limit")
parser.add_argument("--redishost", default="127.0.0.1")
parser.add_argument("--redisport", type=int, default=6379)
options = parser.parse_args()
popped = redis.Redis(options.redishost, options.redisport).blpop("output", options.timeout)
print("Pulled", None if popped is None else json.loads(popped[1]))
