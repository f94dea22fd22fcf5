namespace Headrace.Bench.Speed;

/// <summary>Defines the speed benchmarks and their rows: what each row sends, and how much of it.</summary>
internal static class SpeedCommands
{
    private const string Batched =
        "no-op jobs of 64 bytes in batches of 1,000, from the first request to the last stored result";

    public static IReadOnlyList<Command> Create() =>
        [
            SpeedBench.Create(
                "noop",
                "Measure the throughput of no-op jobs submitted in batches, from submission to stored result.",
                $"Each row measures {Batched}. The row `client library` uses the C# client library, which adds an "
                    + "idempotency key to every job.",
                [
                    new SpeedCase("protobuf", new LoadSpec(LoadKinds.Protobuf, 4), 200_000),
                    new SpeedCase("json", new LoadSpec(LoadKinds.Jsonl, 4), 200_000),
                    new SpeedCase("protobuf with keys", new LoadSpec(LoadKinds.Protobuf, 4) { Keys = true }, 100_000),
                    new SpeedCase("json with keys", new LoadSpec(LoadKinds.Jsonl, 4) { Keys = true }, 100_000),
                    new SpeedCase("client library", new LoadSpec(LoadKinds.Client, 4), 100_000),
                ]
            ),
            SpeedBench.Create(
                "single",
                "Measure the throughput with one job per request, from submission to stored result.",
                "Each request submits one no-op job of 64 bytes as JSON. Each connection sends its next request after "
                    + "the 202 reply to the previous one. The latency is the time from sending a request to its reply.",
                [
                    new SpeedCase("64 connections", new LoadSpec(LoadKinds.Single, 64), 20_000),
                    new SpeedCase(
                        "64 connections with keys",
                        new LoadSpec(LoadKinds.Single, 64) { Keys = true },
                        20_000
                    ),
                    new SpeedCase("1 connection", new LoadSpec(LoadKinds.Single, 1), 4_000),
                    new SpeedCase("1 connection with keys", new LoadSpec(LoadKinds.Single, 1) { Keys = true }, 4_000),
                ]
            ),
            SpeedBench.Create(
                "latency",
                "Measure the time from submission to result, one job at a time.",
                "Runs no-op jobs of 64 bytes one at a time on an idle server. The measured time starts when a job is "
                    + "submitted, ends when its result has been read, and includes both commits. A job uses either one "
                    + "request that waits for the result, or two requests: one submits the job, and the other waits "
                    + "for its result.",
                [
                    new SpeedCase("one waiting request", new LoadSpec(LoadKinds.Waiting, 1), 3_000),
                    new SpeedCase("submit, then read", new LoadSpec(LoadKinds.PostThenGet, 1), 3_000),
                ]
            ),
            SpeedBench.Create(
                "payload",
                "Measure the throughput of hashing large bodies, from submission to the returned digest.",
                "Posts raw bodies to `sha512` with one iteration. The reply to the same request contains the digest, "
                    + "which the client compares with a digest that it computed itself.",
                [
                    new SpeedCase("256 KB", new LoadSpec(LoadKinds.Payload, 16) { BodyBytes = 256 << 10 }, 1_500),
                    new SpeedCase("16 KB", new LoadSpec(LoadKinds.Payload, 16) { BodyBytes = 16 << 10 }, 5_000),
                ]
            ),
            SpeedBench.Create(
                "results",
                "Measure the throughput of reading results over HTTP, in pages of 1,000 that include the result bytes.",
                "Each page contains the latest 1,000 results of 64 bytes, with all fields of each job. The reader "
                    + "parses each page.",
                [
                    new SpeedCase("1 reader", new LoadSpec(LoadKinds.Pages, 1), 100_000)
                    {
                        First = (new LoadSpec(LoadKinds.Jsonl, 4), 20_000),
                    },
                    new SpeedCase("4 readers", new LoadSpec(LoadKinds.Pages, 4), 100_000)
                    {
                        First = (new LoadSpec(LoadKinds.Jsonl, 4), 20_000),
                    },
                ]
            ),
            ScaleBench.Create(),
            IdleBench.Create(),
        ];
}
