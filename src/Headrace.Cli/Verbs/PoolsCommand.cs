using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace pools</c>: how many workers each pool has, and why.</summary>
internal static class PoolsCommand
{
    private static readonly Argument<string[]> Names = new("POOL")
    {
        Description = "The pools; all of them without it.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<int?> Top = Options.WholeNumber(
        "--top",
        "How many decisions, newest first. [default: 20]"
    );
    private static readonly Option<bool> Changes = new("--changes")
    {
        Description = "Only decisions that started or drained a worker.",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "pools",
            "List the pools of workers; why each is as large as it is: headrace pools why."
        )
        {
            Examples =
            [
                ("headrace pools", "A line for each pool: its bounds, its workers, and the latest decision about it."),
            ],
        };
        cliCommand.SetAction(ListAsync);
        var why = new CliCommand("why", "Show the latest decisions about a pool with their reasons.")
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
        why.SetAction(WhyAsync);
        cliCommand.Add(why);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext call, CancellationToken cancellationToken)
    {
        using var client = call.Connect();
        var pools = await client.ListPoolsAsync(cancellationToken);
        if (call.Json)
            foreach (var pool in pools)
                call.Terminal.WriteLine(Format.Json(pool, HeadraceJson.Default.PoolReply));
        else
            call.Terminal.WriteTable(["POOL", "METHODS", "WORKERS", "OF", "LATEST DECISION"], pools.Select(Row));
        return ExitCode.Done;
    }

    private static async Task<int> WhyAsync(CommandContext call, CancellationToken cancellationToken)
    {
        using var client = call.Connect();
        var names = call.Value(Names) is { Length: > 0 } given
            ? given
            : [.. (await client.ListPoolsAsync(cancellationToken)).Select(pool => pool.Name)];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var pool in names)
        {
            foreach (
                var decision in await client.GetPoolDecisionsAsync(
                    pool,
                    call.Value(Top),
                    call.Value(Changes),
                    cancellationToken
                )
            )
            {
                if (call.Json)
                    call.Terminal.WriteLine(Format.Json(decision, HeadraceJson.Default.PoolDecisionReply));
                else
                    rows.Add([
                        Format.Time(decision.At),
                        pool,
                        Format.Number(decision.Workers),
                        What(decision),
                        decision.Reason,
                    ]);
            }
        }
        if (!call.Json)
            call.Terminal.WriteTable(["AT", "POOL", "WORKERS", "DECISION", "WHY"], rows);
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
                    .Select(state => $"{Format.Number(state.Count())} {state.Key}")
            );

    private static string What(PoolDecisionReply decision) =>
        decision.Started > 0 ? $"start {Format.Number(decision.Started)}"
        : decision.Drained.Count > 0 ? $"drain {string.Join(' ', decision.Drained)}"
        : "stay";
}
