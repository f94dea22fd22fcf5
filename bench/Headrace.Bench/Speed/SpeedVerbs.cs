using System.CommandLine;

namespace Headrace.Bench.Speed;

/// <summary>The rows of the speed benchmarks: what each sends, and how much of it.</summary>
internal static class SpeedVerbs
{
    private const string Batched =
        "no-op jobs of 64 bytes in batches of 1,000, from the first request to the last stored result";

    public static IReadOnlyList<Command> Create() =>
        [
            SpeedBench.Create(
                "noop",
                "Measure no-op jobs submitted by the batch, to their stored results.",
                $"A row is {Batched}; `client` is the C# client library, which gives every job an idempotency key.",
                [
                    new SpeedCase("protobuf", new LoadOrder(LoadKinds.Protobuf, 4), 200_000),
                    new SpeedCase("json", new LoadOrder(LoadKinds.Jsonl, 4), 200_000),
                    new SpeedCase("protobuf with keys", new LoadOrder(LoadKinds.Protobuf, 4) { Keys = true }, 100_000),
                    new SpeedCase("json with keys", new LoadOrder(LoadKinds.Jsonl, 4) { Keys = true }, 100_000),
                    new SpeedCase("client library", new LoadOrder(LoadKinds.Client, 4), 100_000),
                ]
            ),
            SpeedBench.Create(
                "single",
                "Measure one job a request, to the stored results.",
                "JSON, one no-op job of 64 bytes a request; each connection sends the next when the last was answered with 202. The latency is that of the request.",
                [
                    new SpeedCase("64 connections", new LoadOrder(LoadKinds.Single, 64), 20_000),
                    new SpeedCase(
                        "64 connections with keys",
                        new LoadOrder(LoadKinds.Single, 64) { Keys = true },
                        20_000
                    ),
                    new SpeedCase("1 connection", new LoadOrder(LoadKinds.Single, 1), 4_000),
                    new SpeedCase("1 connection with keys", new LoadOrder(LoadKinds.Single, 1) { Keys = true }, 4_000),
                ]
            ),
            SpeedBench.Create(
                "latency",
                "Measure submission to result, one job at a time.",
                "A no-op job of 64 bytes on an idle server: submitted, committed, run, committed, its result read; then the next. One request that waits, or two: submit, then read the result with a wait.",
                [
                    new SpeedCase("one waiting request", new LoadOrder(LoadKinds.Waiting, 1), 3_000),
                    new SpeedCase("submit, then read", new LoadOrder(LoadKinds.PostThenGet, 1), 3_000),
                ]
            ),
            SpeedBench.Create(
                "payload",
                "Measure large bodies: in, hashed once, the digest out.",
                "Raw bodies posted to `sha512` with one iteration, the digest in the answer of the same request and held against the load's own.",
                [
                    new SpeedCase("256 KB", new LoadOrder(LoadKinds.Payload, 16) { BodyBytes = 256 << 10 }, 1_500),
                    new SpeedCase("16 KB", new LoadOrder(LoadKinds.Payload, 16) { BodyBytes = 16 << 10 }, 5_000),
                ]
            ),
            SpeedBench.Create(
                "results",
                "Measure reading results over HTTP, by pages of 1,000 with their bytes.",
                "The latest 1,000 results of 64 bytes with all that is known of their jobs, each page parsed by its reader.",
                [
                    new SpeedCase("1 reader", new LoadOrder(LoadKinds.Pages, 1), 100_000)
                    {
                        First = (new LoadOrder(LoadKinds.Jsonl, 4), 20_000),
                    },
                    new SpeedCase("4 readers", new LoadOrder(LoadKinds.Pages, 4), 100_000)
                    {
                        First = (new LoadOrder(LoadKinds.Jsonl, 4), 20_000),
                    },
                ]
            ),
            ScaleBench.Create(),
            IdleBench.Create(),
        ];
}
