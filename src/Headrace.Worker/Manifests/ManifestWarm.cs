namespace Headrace.Worker.Manifests;

/// <summary>Reads the member <c>warm</c> of a manifest.</summary>
internal static class ManifestWarm
{
    /// <summary>
    /// Returns the options. If there are errors, returns the valid options, and defaults for the others.
    /// </summary>
    /// <param name="values">Collects the errors.</param>
    /// <param name="value">The member <c>warm</c>.</param>
    public static WarmOptions Read(ManifestValues values, LocatedJson value)
    {
        var warm = new WarmOptions();
        LocatedJson? preferred = null;
        values.Object(
            value,
            "warm",
            new Dictionary<string, Action<LocatedJson>>
            {
                ["batch"] = v => warm = warm with { BatchSize = values.Whole(v, "batch", 1, WarmOptions.MaxBatch, 1) },
                ["batchWait"] = v =>
                    warm = warm with
                    {
                        BatchWait = values.Duration(v, "batchWait", TimeSpan.Zero, WarmOptions.MaxBatchWait, default),
                    },
                ["preferredBatches"] = v => preferred = v,
                ["recycleAfter"] = v =>
                    warm = warm with { RecycleAfter = values.Whole(v, "recycleAfter", 1, int.MaxValue, 1) },
                ["recycleAbove"] = v => warm = warm with { RecycleAbove = values.Size(v, "recycleAbove", 1L << 50, 1) },
                ["startLimit"] = v =>
                    warm = warm with { StartLimit = Limit(v, "startLimit", warm.StartLimit) },
                ["idleLimit"] = v =>
                    warm = warm with { IdleLimit = Limit(v, "idleLimit", warm.IdleLimit) },
            }
        );
        // The limit on the preferred sizes is known only after every member has been read.
        return preferred is null
            ? warm
            : warm with
            {
                PreferredBatches =
                [
                    .. values.Wholes(preferred, "preferredBatches", 1, warm.BatchSize).Distinct().Order(),
                ],
            };

        TimeSpan Limit(LocatedJson given, string what, TimeSpan otherwise) =>
            values.Duration(given, what, ManifestReader.MinTime, ManifestReader.MaxTime, otherwise);
    }
}
