using System.CommandLine;

namespace Headrace.Bench.Speed;

/// <summary>The speed benchmarks with their rows: what each row sends, and the amount.</summary>
internal static class SpeedCommands
{
    private const string Batched =
        "no-op jobs of 64 bytes in batches of 1,000, from the first request to the last stored result";

    public static IReadOnlyList<Command> Create() =>
        [
            SpeedBench.Create(
                "noop",
                "Measure the throughput of no-op jobs submitted in batches, until their results are stored.",
                $"Each row: {Batched}. `client` is the C# client library, which adds an idempotency key to every job.",
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
                "Measure the throughput with one job per request, until the results are stored.",
                "One no-op job of 64 bytes in JSON per request. Each connection sends its next request after the 202 "
                    + "reply to the previous one. The latency is that of the request.",
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
                "Runs no-op jobs of 64 bytes one at a time on an idle server, and measures the time from the "
                    + "submission of a job to reading its result, both commits included. Uses either one request that "
                    + "waits for the result, or a submission followed by a request that reads the result and waits.",
                [
                    new SpeedCase("one waiting request", new LoadSpec(LoadKinds.Waiting, 1), 3_000),
                    new SpeedCase("submit, then read", new LoadSpec(LoadKinds.PostThenGet, 1), 3_000),
                ]
            ),
            SpeedBench.Create(
                "payload",
                "Measure the throughput of large bodies that are hashed once, until the digests are returned.",
                "Raw bodies posted to `sha512` with one iteration. The reply to the same request contains the "
                    + "digest, which the load compares with its own.",
                [
                    new SpeedCase("256 KB", new LoadSpec(LoadKinds.Payload, 16) { BodyBytes = 256 << 10 }, 1_500),
                    new SpeedCase("16 KB", new LoadSpec(LoadKinds.Payload, 16) { BodyBytes = 16 << 10 }, 5_000),
                ]
            ),
            SpeedBench.Create(
                "results",
                "Measure the throughput of reading results over HTTP, in pages of 1,000 with their bytes.",
                "The latest 1,000 results of 64 bytes, with all fields of their jobs. The reader parses each page.",
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
