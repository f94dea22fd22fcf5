"""What `headrace` runs: describes the methods of a script, checks whether it can run here, and runs their jobs.

    python3 -m headrace describe SCRIPT            prints the manifests of its methods as JSON
    python3 -m headrace check SCRIPT [PACKAGE...]  says what is missing on this machine, and then exits with 1
    python3 -m headrace serve SCRIPT               runs jobs as a warm process
"""
import json
import os
import sys


def main(arguments):
    # With -m, the first place is the current folder, whose files must not hide modules.
    sys.path.pop(0)
    if len(arguments) < 2 or arguments[0] not in ("describe", "check", "serve"):
        sys.exit(__doc__.strip())
    from . import _methods, _script
    command, path, needed = arguments[0], arguments[1], arguments[2:]
    try:
        if command == "describe":
            sys.dont_write_bytecode = True
            output, sys.stdout = sys.stdout, sys.stderr
            described = _script.manifests(path)
            json.dump({"methods": described}, output)
        elif command == "check":
            _script.check(path, needed)
        else:
            from . import _serve
            _serve.serve(_script.find(_script.load(path), os.environ["HEADRACE_METHOD"]))
    except (_script.Unavailable, _methods.InvalidMethod) as reason:
        sys.exit(str(reason))
    except OSError as unreadable:
        sys.exit(str(unreadable))


main(sys.argv[1:])
