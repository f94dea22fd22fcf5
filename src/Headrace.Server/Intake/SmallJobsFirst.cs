using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Server.Intake;

/// <summary>
/// In the queues that want it, small jobs go before large ones: a job without a priority of its own gets −⌊log2 size⌋,
/// where the size is one of its parameters. Classes of doubling size keep the
/// order of arrival within a class, and a large job waits for smaller ones, not for each that is a little smaller.
/// </summary>
/// <param name="sizes">The parameter that holds the size, by queue.</param>
internal sealed class SmallJobsFirst(IReadOnlyDictionary<string, string> sizes)
{
    public NewJob AssignPriority(NewJob job)
    {
        if (job.Spec.Priority != 0 || !sizes.TryGetValue(job.Spec.Queue.Text, out var parameter))
            return job;
        return Size(job.Spec.Params, parameter) is { } size
            ? job with
            {
                Spec = job.Spec with { Priority = -int.CreateChecked(long.Log2(size)) },
            }
            : job;
    }

    /// <summary>A size of 1 or more; null where the job does not say one.</summary>
    private static long? Size(byte[] parameters, string name)
    {
        if (parameters.Length == 0)
            return null;
        using var document = JsonDocument.Parse(parameters);
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty(name, out var value)
        )
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var size) && size >= 1 ? size : null;
    }
}
