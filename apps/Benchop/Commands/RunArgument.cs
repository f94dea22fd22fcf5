using System.CommandLine;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>Finds a stored run by its id, by the beginning of its id, or as the latest run.</summary>
internal static class RunArgument
{
    private const string Latest = "latest";

    public static Argument<string> Create() =>
        new("RUN")
        {
            Description = $"The id of the run, the beginning of the id, or '{Latest}'.",
            DefaultValueFactory = _ => Latest,
        };

    public static StoredRun Find(RunStore store, string text)
    {
        var ids = store.Ids();
        if (ids.Count == 0)
            throw new UsageException("There is no run yet. Start one with: headrace benchop run");

        List<string> found =
            text == Latest ? [ids[0]]
            : ids.Contains(text) ? [text]
            : [.. ids.Where(id => id.StartsWith(text, StringComparison.Ordinal))];
        return found.Count switch
        {
            1 => Read(store, found[0]),
            0 => throw new UsageException($"There is no run '{text}'. List the runs with: headrace benchop runs"),
            _ => throw new UsageException(
                $"The ids of {found.Count} runs begin with '{text}': {string.Join(", ", found.Take(5))}. Specify more "
                    + "characters of the id."
            ),
        };
    }

    private static StoredRun Read(RunStore store, string id)
    {
        try
        {
            return store.Read(id);
        }
        catch (InvalidDataException broken)
        {
            throw new UsageException($"{broken.Message} Specify another run.");
        }
    }
}
