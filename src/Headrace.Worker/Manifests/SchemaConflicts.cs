using Headrace.Core.Dispatch;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Finds the differences between the schemas of a manifest and those of a known method version. The schemas of a
/// version never change, so that its jobs keep their meaning (R22).
/// </summary>
internal static class SchemaConflicts
{
    /// <summary>Returns each difference as a clause; none if the schemas agree.</summary>
    /// <param name="paramsSchema">The known schema of the params.</param>
    /// <param name="resultSchema">The known schema of the result; empty if there is none.</param>
    /// <param name="manifest">The manifest.</param>
    public static IEnumerable<string> Between(string paramsSchema, string resultSchema, MethodManifest manifest)
    {
        if (SchemaDifference.Find(paramsSchema, manifest.ParamsSchema) is { } parameters)
            yield return $"in the params schema, {parameters}";
        // Adding or removing a result schema is not a conflict.
        if (
            resultSchema.Length > 0
            && manifest.ResultSchema.Length > 0
            && SchemaDifference.Find(resultSchema, manifest.ResultSchema) is { } result
        )
            yield return $"in the result schema, {result}";
    }
}
