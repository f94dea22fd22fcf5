using Headrace.Commands;

namespace Headrace.Cli.Input;

/// <summary>Checks that a command selects its jobs either by their ids or by a filter.</summary>
internal static class JobChoice
{
    /// <summary>Returns the ids; empty if the filter selects the jobs.</summary>
    public static IReadOnlyList<string> Read(IReadOnlyList<string>? ids, string? filter) =>
        (ids?.Count > 0, filter is not null) switch
        {
            (true, true) => throw new UsageException("Specify either ids or --filter, not both."),
            (false, false) => throw new UsageException("Specify the ids of jobs, or select them with --filter."),
            _ => ids ?? [],
        };
}
