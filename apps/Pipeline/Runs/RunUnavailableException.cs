using Headrace.Core;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>Thrown when a program cannot work on its run, or no longer. The run itself is not harmed.</summary>
internal sealed class RunUnavailableException(string message) : HeadraceException(message)
{
    /// <summary>Another program answered that it works on the run.</summary>
    public static RunUnavailableException InUse(string name) =>
        new(
            $"Another program works on the queue '{name}'. Only one can do so at a time: wait until it has ended, stop "
                + "it with a stop message, or, for a pipeline, use another --name."
        );

    /// <summary>The run was begun with another <c>--redis</c>, where messages of it are held.</summary>
    public static RunUnavailableException OtherPort(string name, RunOptions options) =>
        new(
            $"The queue '{name}' has an unfinished run whose messages are in "
                + (
                    options.Redis is { } redis
                        ? $"Redis at {redis}. Start the command again with --redis {redis}."
                        : "queues of the Headrace server. Start the command again without --redis."
                )
                + $" To give the run up instead: headrace jobs cancel --filter queue:{PipelineRun.LogOf(name)}"
        );

    /// <summary>Another program has taken the run over, or a user has ended its message.</summary>
    public static RunUnavailableException Lost(PipelineRun run) =>
        new(
            $"This program no longer holds its run: another program has taken it over, because this one did not answer "
                + $"within {OpeningRule.AnswerTimeout.TotalSeconds:0} s, or the messages of the queue '{run.Log}' were "
                + "cancelled. All jobs and messages are still on the server."
        );

    public static RunUnavailableException FeedMissing(PipelineRun run) =>
        new(
            $"The feed '{run.Feed}', which delivers the ends of the jobs in '{run.Jobs}' to this program, has been "
                + "deleted. Start the program again: it reads them from the first one."
        );
}
