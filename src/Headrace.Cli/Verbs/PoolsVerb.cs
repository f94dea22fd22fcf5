using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace pools</c>: how many workers each pool has, and why.</summary>
internal static class PoolsVerb
{
    private static readonly Argument<string[]> Names = new("POOL")
    {
        Description = "The pools; all of them without it.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<int?> Top = Options.Whole(
        "--top",
        "How many decisions, newest first. [default: 20]"
    );
    private static readonly Option<bool> Changes = new("--changes")
    {
        Description = "Only decisions that started or drained a worker.",
    };

    public static Command Create()
    {
        var verb = new Verb("pools", "List the pools of workers; why each is as large as it is: headrace pools why.")
        {
            Examples =
            [
                ("headrace pools", "A line for each pool: its bounds, its workers, and the latest decision about it."),
            ],
        };
        verb.Runs(ListAsync);
        var why = new Verb("why", "Show the latest decisions about a pool with their reasons.")
        {
            Examples =
            [
                (
                    "headrace pools why seed001 --changes",
                    "When workers were started and drained, and why; newest first."
                ),
            ],
        };
        why.Add(Names);
        why.Add(Top);
        why.Add(Changes);
        why.Runs(WhyAsync);
        verb.Add(why);
        return verb;
    }

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        using var client = call.Connect();
        var pools = await client.PoolsAsync(cancellationToken);
        if (call.Json)
            foreach (var pool in pools)
                call.Terminal.Line(Show.Json(pool, HeadraceJson.Default.PoolReply));
        else
            call.Terminal.Table(["POOL", "METHODS", "WORKERS", "OF", "LATEST DECISION"], pools.Select(Row));
        return ExitCode.Done;
    }

    private static async Task<int> WhyAsync(Call call, CancellationToken cancellationToken)
    {
        using var client = call.Connect();
        var names = call.Value(Names) is { Length: > 0 } given
            ? given
            : [.. (await client.PoolsAsync(cancellationToken)).Select(pool => pool.Name)];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var pool in names)
        {
            foreach (
                var decision in await client.PoolWhyAsync(pool, call.Value(Top), call.Value(Changes), cancellationToken)
            )
            {
                if (call.Json)
                    call.Terminal.Line(Show.Json(decision, HeadraceJson.Default.PoolDecisionReply));
                else
                    rows.Add([
                        Show.Time(decision.At),
                        pool,
                        Show.Number(decision.Workers),
                        What(decision),
                        decision.Reason,
                    ]);
            }
        }
        if (!call.Json)
            call.Terminal.Table(["AT", "POOL", "WORKERS", "DECISION", "WHY"], rows);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(PoolReply pool) =>
        [
            pool.Name,
            pool.Methods.Count == 0 ? "all" : string.Join(' ', pool.Methods),
            Workers(pool),
            string.Create(CultureInfo.InvariantCulture, $"{pool.Min} to {pool.Max}"),
            pool.Last is { } last ? $"{What(last)}: {last.Reason}" : "none yet",
        ];

    private static string Workers(PoolReply pool) =>
        pool.Workers.Count == 0
            ? "0"
            : string.Join(
                ", ",
                pool.Workers.GroupBy(worker => worker.State)
                    .Select(state => $"{Show.Number(state.Count())} {state.Key}")
            );

    private static string What(PoolDecisionReply decision) =>
        decision.Started > 0 ? $"start {Show.Number(decision.Started)}"
        : decision.Drained.Count > 0 ? $"drain {string.Join(' ', decision.Drained)}"
        : "stay";
}
