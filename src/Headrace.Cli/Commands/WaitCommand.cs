using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace wait</c>: waits until jobs have ended.</summary>
internal static class WaitCommand
{
    private const string StandardInput = "-";

    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "The ids of the jobs to wait for. With -, the first word of each line of standard input is an "
            + "id.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description =
            "Wait for the jobs in this queue that have not ended when the command starts, and for those that they "
            + "submit to it.",
        HelpName = "NAME",
    }.CompletesQueues();
    private static readonly Option<TimeSpan?> Limit = Options.Duration(
        "--timeout",
        "Stop waiting after this time and exit with code 124. [default: no limit]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("wait", "Wait for jobs to end; exit with code 1 if any job did not succeed.")
        {
            Examples =
            [
                (
                    "headrace wait 42 43 --timeout 5m",
                    "Prints ID<TAB>STATE for each job. Keeps waiting while the server restarts."
                ),
                ("headrace wait --queue eu", "Waits until all jobs that are in the queue now have ended."),
                ("headrace wait - < ids.txt", "Waits for the jobs whose ids `headrace submit --each` has printed."),
            ],
        };
        cliCommand.Add(Ids);
        cliCommand.Add(Queue);
        cliCommand.Add(Limit);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (ids, queue) = (context.Value(Ids), context.Value(Queue));
        if (ids.Length == 0 == queue is null)
            throw new UsageException("Specify either the ID of at least one job, or --queue NAME.");
        using var client = context.Connect();
        return queue is null
            ? await JobWaiter.ForAllAsync(
                context,
                client,
                await ReadAsync(ids, cancellationToken),
                context.Value(Limit),
                cancellationToken
            )
            : await EmptyAsync(context, client, queue, cancellationToken);
    }

    /// <summary>
    /// Waits for the unfinished jobs of a queue, then for those that their attempts have submitted to it, and so on.
    /// </summary>
    private static async Task<int> EmptyAsync(
        CommandContext context,
        HeadraceClient client,
        string queue,
        CancellationToken cancellationToken
    )
    {
        await client.GetQueueAsync(queue, cancellationToken); // fails if the queue does not exist
        var began = TimeProvider.System.GetTimestamp();
        var code = ExitCode.Done;
        var seen = new HashSet<string>();
        while (true)
        {
            var jobs = new List<JobReply>();
            // One list, because a job moves between the states while lists of them are read. 'unfinished' includes
            // 'blocked': children that wait for the attempt that submitted them.
            await foreach (var job in client.ListJobsAsync($"queue:{queue} state:unfinished", cancellationToken))
                if (seen.Count == 0 || (job.Parent is { } parent && seen.Contains(parent)))
                    jobs.Add(job);
            // Oldest first, because the oldest jobs usually end first.
            string[] ids = [.. jobs.Select(job => job.Id).Where(id => !seen.Contains(id)).Distinct().Order(JobIdOrder)];
            if (ids.Length == 0)
                return code;
            seen.UnionWith(ids);
            var ended = await JobWaiter.ForAllAsync(
                context,
                client,
                ids,
                context.Value(Limit),
                cancellationToken,
                new JobWaiter.Round(began)
            );
            code = Math.Max(code, ended);
        }
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(
        IReadOnlyList<string> given,
        CancellationToken cancellationToken
    )
    {
        var ids = new List<string>();
        foreach (var id in given)
        {
            if (id == StandardInput)
                while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
                    ids.AddRange(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(1));
            else
                ids.Add(id);
        }
        return ids;
    }

    private static readonly Comparer<string> JobIdOrder = Comparer<string>.Create(
        (a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b)
    );
}
