using System.Security.Cryptography;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Opens and closes runs. An unfinished run is the last entry of a log, with its id and its options, and has a feed
/// that delivers the ends of its jobs. Both survive the program and the server.
/// </summary>
internal sealed class RunStore(CommandContext context, HeadraceClient client)
{
    /// <summary>The interval at which a program that has asked looks for the answer.</summary>
    private static readonly TimeSpan AnswerInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns the unfinished run with this name, if no other program works on it, or begins one.</summary>
    /// <exception cref="RunUnavailableException">
    /// Another program works on the run, or its messages are elsewhere.
    /// </exception>
    public async Task<PipelineRun> OpenAsync(string name, RunOptions options, CancellationToken cancellationToken)
    {
        var log = new RunLog(client, name);
        var program = RandomNumber();
        long? asked = null;
        while (true)
        {
            var last = await log.ReadLastAsync(cancellationToken);
            TimeSpan? sinceAsked = asked is { } then ? TimeProvider.System.GetElapsedTime(then) : null;
            switch (OpeningRule.Decide(last, sinceAsked))
            {
                case Opening.GiveUp:
                    throw RunUnavailableException.InUse(name);
                case Opening.Wait:
                    await Task.Delay(AnswerInterval, cancellationToken);
                    break;
                case Opening.Ask:
                    var question = last! with { Kind = RunEntryKind.Asked, Author = program };
                    if (await log.AppendAsync(question, last, cancellationToken) is null)
                        break;
                    if (asked is null)
                        context.WriteNote(
                            $"The queue '{name}' has an unfinished run. Waiting up to "
                                + $"{OpeningRule.AnswerTimeout.TotalSeconds:0} s for the program that works on it, or "
                                + "until it has ended."
                        );
                    asked = TimeProvider.System.GetTimestamp();
                    break;
                case Opening.TakeOver when last!.Options.Redis != options.Redis:
                    throw RunUnavailableException.OtherPort(name, last.Options);
                case Opening.TakeOver:
                    var next = last! with { Kind = RunEntryKind.Held, Holder = program, Author = program };
                    if (await log.AppendAsync(next, last, cancellationToken) is not null)
                        return await ReadyAsync(name, next, isResumed: true, cancellationToken);
                    break;
                case Opening.Begin:
                    // The program that ended the run before may have been interrupted right then.
                    if (last is { Kind: RunEntryKind.Ended, IsOpen: true })
                        await CleanAsync(log, name, last, cancellationToken);
                    var first = new RunEntry(RunEntryKind.Held, RandomNumber(), program, program, options);
                    if (await log.AppendAsync(first, last, cancellationToken) is not null)
                        return await ReadyAsync(name, first, isResumed: false, cancellationToken);
                    break;
            }
        }
    }

    /// <summary>Ends a run all of whose work has ended.</summary>
    /// <exception cref="RunUnavailableException">Another program has taken the run over.</exception>
    public async Task CloseAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        var log = new RunLog(client, run.Name);
        while (true)
        {
            var last = await log.ReadLastAsync(cancellationToken);
            if (last?.IsHeldBy(run) != true)
                throw RunUnavailableException.Lost(run);
            var end = last with { Kind = RunEntryKind.Ended, Author = run.Program };
            if (await log.AppendAsync(end, last, cancellationToken) is not { } written)
                continue;
            // Crash point: the run is over, and its feed exists. The next program deletes it.
            await CleanAsync(log, run.Name, written, cancellationToken);
            return;
        }
    }

    /// <summary>Leaves an unfinished run to the next program, which need not ask.</summary>
    public async Task LeaveAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        var log = new RunLog(client, run.Name);
        if (await log.ReadLastAsync(cancellationToken) is { } last && last.IsHeldBy(run))
            await log.AppendAsync(
                last with
                {
                    Kind = RunEntryKind.Left,
                    Author = run.Program,
                },
                last,
                cancellationToken
            );
    }

    /// <summary>
    /// Answers a program that asks whether this one works on its run. Returns false if this one no longer holds it.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="isEnding">Whether this program ends when its work has ended.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<bool> AnswerAsync(PipelineRun run, bool isEnding, CancellationToken cancellationToken)
    {
        var log = new RunLog(client, run.Name);
        var last = await log.ReadLastAsync(cancellationToken);
        if (last?.IsHeldBy(run) != true)
            return false;
        // If another program has appended an entry meanwhile, the next call reads it.
        if (last.Kind == RunEntryKind.Asked)
            await log.AppendAsync(
                last with
                {
                    Kind = isEnding ? RunEntryKind.Ending : RunEntryKind.Held,
                    Author = run.Program,
                },
                last,
                cancellationToken
            );
        return true;
    }

    /// <summary>
    /// Counts a chain that has failed, before the end of its job is acknowledged. Returns the number of failed chains.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="job">The job that failed. It is counted once, even if its end is delivered again.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RunUnavailableException">Another program has taken the run over.</exception>
    public async Task<int> CountFailureAsync(PipelineRun run, string job, CancellationToken cancellationToken)
    {
        var log = new RunLog(client, run.Name);
        while (true)
        {
            var last = await log.ReadLastAsync(cancellationToken);
            if (last?.IsHeldBy(run) != true)
                throw RunUnavailableException.Lost(run);
            if (last.LastFailed == job)
                return last.Failed;
            // The kind stays: a question that another program has asked is still to be answered.
            var next = last with { Failed = last.Failed + 1, LastFailed = job };
            if (await log.AppendAsync(next, last, cancellationToken) is not null)
                return next.Failed;
        }
    }

    private async Task<PipelineRun> ReadyAsync(
        string name,
        RunEntry entry,
        bool isResumed,
        CancellationToken cancellationToken
    )
    {
        var run = new PipelineRun(name, entry.Run, entry.Options)
        {
            Program = entry.Holder,
            IsResumed = isResumed,
            Failed = entry.Failed,
        };
        // No job is submitted before the feed exists, so the feed delivers every job of the run. A run that has lost
        // its feed finds the jobs that ended meanwhile among all jobs of the queue.
        await client.Feeds.CreateAsync(
            run.Feed,
            new FeedRequest
            {
                Queue = run.Jobs,
                From = isResumed ? "first" : "now",
                States = "all",
            },
            cancellationToken
        );
        return run;
    }

    private async Task CleanAsync(RunLog log, string name, RunEntry end, CancellationToken cancellationToken)
    {
        var run = new PipelineRun(name, end.Run, end.Options) { Program = end.Holder, IsResumed = true };
        try
        {
            await client.Feeds.DeleteAsync(run.Feed, cancellationToken);
        }
        catch (HeadraceProblemException gone) when (gone.Status == 404)
        {
            // Another program has deleted it.
        }
        await log.SettleAsync(end, cancellationToken);
    }

    private static string RandomNumber() => RandomNumberGenerator.GetHexString(16, lowercase: true);
}
