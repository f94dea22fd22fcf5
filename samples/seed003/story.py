#!/usr/bin/env python3
"""Runs the scenario of seed system 003 on this machine and checks it from outside the server.

Each command of its description is run in its order: the pipeline, the pipeline in blocking mode with parameters that
pump.py sends, and the method server, whose responses pull.py reads. Everything is done over a Redis that the script
starts, and then again over the queues of Headrace, without a Redis. Meanwhile the script checks that no more than two
simulations run at a time. The exit code is 1 if a check failed. Requires redis-server, and the package redis for the
two tools.

    story.py [--headrace PROGRAM] [--python PROGRAM] [--scale 1] [--params 6]
"""
import argparse, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, threading, time

HERE = pathlib.Path(__file__).resolve().parent
MAX_SIMULATIONS = 2
START_CHAINS = 4


def is_value(value):
    return isinstance(value, int) and 0 <= value <= 32767


class Scenario:
    def __init__(self, options):
        self.options, self.started, self.failures = options, time.monotonic(), []
        self.most_running, self.stopped = 0, threading.Event()

    def log(self, text):
        print(f"{time.monotonic() - self.started:8.1f} s  {text}", flush=True)

    def check(self, holds, text):
        if not holds:
            self.failures.append(text)
            self.log(f"FAILED: {text}")

    def run(self):
        self.home = tempfile.mkdtemp(prefix="headrace-story-")
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("HEADRACE_", "XDG_"))}
        self.environment = inherited | {"HOME": self.home, "XDG_RUNTIME_DIR": self.home}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(f"{self.home}/log", "w") as log:
            broker = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.home,
                 "--appendonly", "yes"],
                stdout=log, stderr=log)
            server = subprocess.Popen(
                [self.options.headrace, "up", "--json", "--demo", "seed003", "--data", f"{self.home}/data",
                 "--port", "0"],
                cwd=self.home, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True)
            watcher = threading.Thread(target=self.watch_simulations, args=[server.pid])
            try:
                server.stdout.readline()
                server.stdout.readline()
                self.log("the server and Redis are running")
                watcher.start()
                for redis in (True, False):
                    self.walk_through(redis)
                self.check(self.most_running > 0, "no simulation was seen while it ran")
                self.log(f"at most {self.most_running} simulations ran at a time")
            finally:
                self.stopped.set()
                if watcher.is_alive():
                    watcher.join()
                server.send_signal(signal.SIGTERM)
                self.check(server.wait(60) == 0, "the server did not stop in time")
                broker.terminate()
                broker.wait(60)
        if self.failures:
            print(open(f"{self.home}/log").read())
        shutil.rmtree(self.home, ignore_errors=True)

    def watch_simulations(self, server):
        """Counts the programs that the workers of the server have started for simulations."""
        while not self.stopped.wait(0.1):
            table = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True).stdout
            rows = [line.split(None, 3) for line in table.splitlines()]
            workers = {row[0] for row in rows if row[1] == str(server) and " worker start" in row[3]}
            running = sum(
                parent in workers and "pipeline simulate" in program and not state.startswith("Z")
                for _, parent, state, program in rows
            )
            self.most_running = max(self.most_running, running)
            self.check(running <= MAX_SIMULATIONS, f"{running} simulations ran at a time")

    def walk_through(self, redis):
        where = "Redis" if redis else "the queues of Headrace"
        self.pipeline(redis)
        self.log(f"over {where}: the pipeline ended by itself")
        self.blocking_pipeline(redis)
        self.log(f"over {where}: a blocking pipeline took parameters and stopped when it was told to")
        self.method_server(redis)
        self.log(f"over {where}: the method server answered every request")

    def pipeline(self, redis):
        ended = self.headrace("pipeline", "--scale", self.options.scale, redis=redis)
        self.check(ended.returncode == 0, f"the pipeline exited with {ended.returncode}: {ended.stderr}")
        self.check_steps(ended.stdout, START_CHAINS + 1)

    def blocking_pipeline(self, redis):
        pipeline = self.start("pipeline", "-b", "--scale", self.options.scale, redis=redis)
        for param in range(self.options.params):
            self.pump(redis, "-p", str(100 + param))
        self.pump(redis, "-p", "None")
        output, errors = self.end(pipeline)
        self.check_steps(output, START_CHAINS + 1 + self.options.params)
        self.check("All done" in errors, f"the pipeline wrote {errors}")

    def check_steps(self, output, chains):
        """Checks each chain: simulate, update the cache, evaluate; an even value starts a chain with its double."""
        steps = {}
        for line in output.splitlines():
            chain, step, param, text, _ = line.split("\t")
            steps.setdefault(chain, {})[step] = int(param), text
        origins = {chain.split(".")[0] for chain in steps}
        self.check(len(origins) == chains, f"{len(origins)} chains were started, not {chains}: {origins}")
        for chain, done in steps.items():
            self.check(list(done) == ["simulate", "update_cache", "evaluate"], f"chain {chain} has the steps {done}")
            value = int(done["simulate"][1].split()[-1])
            self.check(is_value(value), f"chain {chain} has the value {value}")
            origin, generation = (chain.split(".") + ["0"])[:2]
            follower = steps.get(f"{origin}.{int(generation) + 1}")
            self.check((follower is not None) == (value % 2 == 0), f"chain {chain} with {value} has {follower}")
            if follower:
                self.check(follower["simulate"][0] == 2 * value, f"chain {chain} with {value} starts {follower}")

    def method_server(self, redis):
        server = self.start("pipeline", "server", "-m", "--scale", self.options.scale, redis=redis)
        params = [100 + param for param in range(self.options.params)]
        for param in params:
            self.pump(redis, "-i", "-p", str(param))
        pulled = sorted(self.pull(redis) for _ in params)
        self.check([param for param, _ in pulled] == params, f"the responses are {pulled}")
        self.check(all(is_value(value) for _, value in pulled), f"the responses are {pulled}")
        self.check(self.pull(redis, "-t", "1") is None, "there is a response too many")
        self.pump(redis, "-i", "-p", "None")
        _, errors = self.end(server)
        self.check("All done" in errors, f"the method server wrote {errors}")

    def pump(self, redis, *arguments):
        """Over Redis, odd parameters are sent by the tool of the seed, and all others by headrace."""
        if redis and arguments[-1][-1] in "13579e":
            self.tool("pump.py", *arguments)
            return
        pushed = self.headrace("pump", *arguments, redis=redis)
        self.check(pushed.returncode == 0, f"pump {arguments} exited with {pushed.returncode}: {pushed.stderr}")

    def pull(self, redis, *arguments):
        if redis:
            return json.loads(self.tool("pull.py", *arguments).partition(" ")[2].replace("None", "null"))
        pulled = self.headrace("pull", *arguments, redis=redis)
        if pulled.returncode == 124:
            return None
        self.check(pulled.returncode == 0, f"pull exited with {pulled.returncode}: {pulled.stderr}")
        return json.loads(pulled.stdout)

    def tool(self, script, *arguments):
        command = [self.options.python, str(HERE / script), *arguments, "--redisport", str(self.port)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout

    def command(self, arguments, redis):
        return [self.options.headrace, *map(str, arguments), *(["--redis", f"127.0.0.1:{self.port}"] if redis else [])]

    def headrace(self, *arguments, redis=False):
        return subprocess.run(self.command(arguments, redis), cwd=self.home, env=self.environment,
                              capture_output=True, text=True, timeout=600)

    def start(self, *arguments, redis):
        return subprocess.Popen(self.command(arguments, redis), cwd=self.home, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process):
        try:
            output, errors = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
        self.check(process.returncode == 0, f"{process.args} exited with {process.returncode}: {errors}")
        return output, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headrace", default=str(HERE.parent.parent / "headrace"))
    parser.add_argument("--python", default="/usr/bin/python3", help="a Python with the package redis")
    parser.add_argument("--scale", type=float, default=1, help="multiplies the duration of a simulation")
    parser.add_argument("--params", type=int, default=6, help="how many parameters are sent")
    scenario = Scenario(parser.parse_args())
    scenario.run()
    print(f"{len(scenario.failures)} failures", flush=True)
    sys.exit(1 if scenario.failures else 0)


if __name__ == "__main__":
    main()
