using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Server.Intake;

/// <summary>
/// Runs small jobs before large ones in the queues that are configured this way. A job without a priority gets the
/// priority −⌊log2(size)⌋, where the size is one of its parameters. Each priority covers the sizes from one power of
/// two up to the next. Jobs with the same priority run in submission order, so a large job does not wait for jobs that
/// are only slightly smaller.
/// </summary>
/// <param name="sizes">For each queue, the name of the parameter that specifies the size.</param>
internal sealed class SmallJobsFirst(IReadOnlyDictionary<string, string> sizes)
{
    /// <summary>Returns the job with the priority that corresponds to its size.</summary>
    public NewJob AssignPriority(NewJob job)
    {
        if (job.HasPriority || !sizes.TryGetValue(job.Spec.Queue.Text, out var parameter))
            return job;
        return Size(job.Spec.Params, parameter) is { } size
            ? job with
            {
                Spec = job.Spec with { Priority = -int.CreateChecked(long.Log2(size)) },
            }
            : job;
    }

    /// <summary>Returns the size, which is 1 or more, or null if the job does not specify a valid size.</summary>
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
