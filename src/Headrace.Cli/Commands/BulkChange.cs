using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// The options of commands that change many jobs, and the change itself. The affected jobs are counted first. The user
/// must confirm a change that affects every job. The command then starts the change and shows its progress until it is
/// complete.
/// </summary>
internal sealed class BulkChange(string action, string filterDescription)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Option<string?> _filter = FilterOption.Create(filterDescription);
    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Print how many jobs match the filter, without changing any.",
    };
    private readonly Option<bool> _yes = new("--yes")
    {
        Description = "Do not ask for confirmation before a change that affects every job that it can.",
    };
    private readonly Option<bool> _background = new("--background")
    {
        Description = "Start the change and do not wait for its end. See: headrace sweeps",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description =
            "The idempotency key of the change. Running the same command with the same key again follows the existing "
            + "change instead of starting another.",
        HelpName = "KEY",
    };

    public void AddTo(Command command)
    {
        command.Add(_filter);
        command.Add(_dryRun);
        command.Add(_yes);
        command.Add(_background);
        command.Add(_key);
    }

    /// <summary>Returns the filter; null if the option is missing.</summary>
    public string? FilterOf(CommandContext context)
    {
        var filter = context.Value(_filter);
        if (filter is null && context.Value(_key) is { } key)
            throw new UsageException(
                $"--key '{key}' identifies a change to the jobs that match a filter. Specify --filter, or omit --key."
            );
        return filter;
    }

    /// <summary>Makes the change.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="client">The client that sends the requests.</param>
    /// <param name="request">The new priority or queue; the method adds the filter.</param>
    /// <param name="cancellationToken">Ends the command. The change continues on the server.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        CommandContext context,
        HeadraceClient client,
        SweepRequest request,
        CancellationToken cancellationToken
    )
    {
        var filter =
            FilterOf(context)
            ?? throw new UsageException("Specify the jobs with --filter. An empty filter selects every job.");
        request = request with { Filter = filter, IdempotencyKey = context.Value(_key) };
        var matches = await client.Sweeps.CountAsync(action, request, cancellationToken);
        if (context.Value(_dryRun))
        {
            WriteCount(context, matches);
            return ExitCode.Done;
        }
        if (IsWide(filter, matches) && !context.Value(_yes))
            Confirm(context, matches);
        var sweep = await client.Sweeps.StartAsync(action, request, cancellationToken);
        if (!context.Value(_background))
            sweep = await FollowAsync(context, client, sweep, matches.Matches, cancellationToken);
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(sweep, HeadraceJson.Default.SweepReply));
        else
            context.Terminal.WriteLine(SweepsCommand.Describe(sweep));
        return ExitCode.Done;
    }

    private static void WriteCount(CommandContext context, MatchReply matches)
    {
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(matches, HeadraceJson.Default.MatchReply));
        else
            context.Terminal.WriteLine(Count(matches));
    }

    private static string Count(MatchReply matches) =>
        (matches.Complete ? "" : "at least ")
        + (matches.Matches == 1 ? "1 job matches" : $"{Format.Number(matches.Matches)} jobs match");

    /// <summary>
    /// Returns whether the user must confirm the change: if the filter is empty, and if it excludes no job although it
    /// is not empty, such as <c>to:2100-01-01</c>. A change that can be undone needs no confirmation for a filter that
    /// happens to select all failed jobs, so that scripts can retry them.
    /// </summary>
    private bool IsWide(string filter, MatchReply matches) =>
        JobFilterParser.SelectsEverything(filter)
        || (action is "cancel" or "delete" && matches is { All: true, Matches: > 1 });

    private void Confirm(CommandContext context, MatchReply matches)
    {
        var question =
            $"The filter excludes no job, so the command would {action} every job that it can: {Count(matches)}.";
        if (Console.IsInputRedirected)
            throw new UsageException($"{question} If that is intended, specify --yes; otherwise, narrow the filter.");
        context.Terminal.WriteNote($"{question} Continue? [y/N]");
        if (Console.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            throw new UsageException("Nothing was changed.");
    }

    private static Task<SweepReply> FollowAsync(
        CommandContext context,
        HeadraceClient client,
        SweepReply sweep,
        long total,
        CancellationToken cancellationToken
    ) =>
        JobProgressBar.DrawAsync(
            context,
            $"sweep {sweep.Id}",
            Math.Max(1, total),
            async progress =>
            {
                string? waiting = null;
                while (sweep.State == "running")
                {
                    await Task.Delay(PollInterval, cancellationToken);
                    sweep = await client.Sweeps.GetAsync(sweep.Id, cancellationToken);
                    progress.Done(sweep.Changed + sweep.Skipped);
                    if (sweep.Waiting is not null && sweep.Waiting != waiting)
                        progress.Note($"Sweep {sweep.Id} waits: {sweep.Waiting}");
                    waiting = sweep.Waiting;
                }
                return sweep;
            }
        );
}
