using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace pools</c>: lists the pools, and explains their sizes.</summary>
internal static class PoolsCommand
{
    private static readonly Argument<string[]> Names = new("POOL")
    {
        Description = "The names of the pools. [default: all]",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<int?> Limit = Options.Limit(
        "The maximum number of decisions to list, newest first. [default: 20]",
        max: 1_000
    );
    private static readonly Option<bool> Changes = new("--changes")
    {
        Description = "List only decisions that started or drained a worker.",
    };

    public static Command Create()
    {
        var cliCommand = List(
            "pools",
            "List the worker pools. To see why a pool has its size, use: headrace pools why",
            "headrace pools"
        );
        cliCommand.Add(List("list", "List the worker pools.", "headrace pools list"));
        var why = new CliCommand("why", "List the latest scaling decisions for a pool and their reasons.")
        {
            Examples =
            [
                (
                    "headrace pools why seed001 --changes",
                    "Shows when and why workers were started and drained, newest first."
                ),
            ],
        };
        why.Add(Names);
        why.Add(Limit);
        why.Add(Changes);
        why.SetAction(WhyAsync);
        cliCommand.Add(why);
        return cliCommand;
    }

    private static CliCommand List(string name, string description, string example)
    {
        var cliCommand = new CliCommand(name, description)
        {
            Examples = [(example, "Prints a line for each pool: its limits, workers and latest scaling decision.")],
        };
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var pools = await client.ListPoolsAsync(cancellationToken);
        if (context.Json)
            foreach (var pool in pools)
                context.Terminal.WriteLine(Format.Json(pool, HeadraceJson.Default.PoolReply));
        else
        {
            context.Terminal.WriteTable(["POOL", "METHODS", "WORKERS", "OF", "LATEST DECISION"], pools.Select(Row));
            foreach (var problem in pools.SelectMany(Problems))
                context.Terminal.WriteError(TerminalText.OneLine(problem));
        }
        return ExitCode.Done;
    }

    /// <summary>
    /// Returns the reason why the pool's workers are not running, and the pool's methods that the server refuses.
    /// </summary>
    private static IEnumerable<string> Problems(PoolReply pool)
    {
        if (pool.Problem is { } problem)
            yield return $"Pool {pool.Name}: {problem}";
        foreach (var refused in pool.RefusedMethods?.Values ?? [])
            yield return $"Pool {pool.Name}: {refused}";
        foreach (var failure in pool.Workers.Select(worker => worker.Message).OfType<string>().Distinct())
            yield return $"Pool {pool.Name}: the last worker {failure.TrimEnd('.')}.";
    }

    private static async Task<int> WhyAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var names = context.Value(Names) is { Length: > 0 } given
            ? given
            : [.. (await client.ListPoolsAsync(cancellationToken)).Select(pool => pool.Name)];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var pool in names)
        {
            foreach (
                var decision in await client.GetPoolDecisionsAsync(
                    pool,
                    context.Value(Limit),
                    context.Value(Changes),
                    cancellationToken
                )
            )
            {
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(decision, HeadraceJson.Default.PoolDecisionReply));
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
        if (!context.Json)
            context.Terminal.WriteTable(["AT", "POOL", "WORKERS", "DECISION", "WHY"], rows);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(PoolReply pool) =>
        [
            pool.Name,
            Methods(pool),
            Workers(pool),
            string.Create(CultureInfo.InvariantCulture, $"{pool.Min} to {pool.Max}"),
            pool.Last is { } last ? $"{What(last)}: {last.Reason}" : "none yet",
        ];

    private static string Methods(PoolReply pool) =>
        pool.Methods.Count > 0 ? string.Join(' ', pool.Methods)
        : pool.Command is null ? "all"
        : "not known yet";

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
