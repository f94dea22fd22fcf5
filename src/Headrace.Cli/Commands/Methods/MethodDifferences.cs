using Headrace.Protocol.Json;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// Finds the differences between a manifest and a method version that the server knows. It compares the properties that
/// the server compares when a worker offers the method (R22).
/// </summary>
internal static class MethodDifferences
{
    // A manifest cannot specify these limits, so its method gets the default values.
    private const int MaxWorkerCrashes = 2;
    private const int MaxLostLeases = 5;

    /// <summary>Returns a clause for each difference. The list is empty if the server accepts the manifest.</summary>
    public static IEnumerable<string> Between(MethodReply known, MethodManifest manifest)
    {
        var resultSchema = known.ResultSchema?.GetRawText() ?? "";
        foreach (var difference in SchemaConflicts.Between(known.Schema.GetRawText(), resultSchema, manifest))
            yield return difference;
        // If no worker offers the version, the server accepts new values for the other properties.
        if (known.Workers == 0)
            yield break;
        if (SlotsDifference(known.Slots, manifest) is { } slots)
            yield return slots;
        var onLost = manifest.FailWhenLost ? "fail" : "retry";
        if (known.OnLost != onLost)
            yield return $"onLost is {onLost} instead of {known.OnLost}";
        var exclusive = manifest.Exclusive || manifest.FailWhenLost;
        if (known.Exclusive != exclusive)
            yield return $"exclusive is {Json(exclusive)} instead of {Json(known.Exclusive)}";
        if (known.MaxWorkerCrashes != MaxWorkerCrashes)
            yield return $"maxWorkerCrashes is {MaxWorkerCrashes} instead of {known.MaxWorkerCrashes}";
        if (known.MaxLostLeases != MaxLostLeases)
            yield return $"maxLostLeases is {MaxLostLeases} instead of {known.MaxLostLeases}";
    }

    /// <summary>
    /// Compares the number of slots. An attempt of an MPI method takes one for each rank; within a range, a worker
    /// chooses the number from its own slots, so every number in the range may be the one that it offers.
    /// </summary>
    private static string? SlotsDifference(int known, MethodManifest manifest) =>
        manifest.Mpi is not { } mpi
            ? known == manifest.Slots
                ? null
                : $"slots is {manifest.Slots} instead of {known}"
            : known >= mpi.MinRanks && known <= mpi.MaxRanks
                ? null
                : $"ranks is {mpi.RanksText} instead of {known}";

    private static string Json(bool value) => value ? "true" : "false";
}
