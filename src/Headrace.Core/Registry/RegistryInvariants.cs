namespace Headrace.Core.Registry;

/// <summary>Conditions that the registry's documents must satisfy between any two commands.</summary>
internal static class RegistryInvariants
{
    /// <summary>Returns the first violation; null if there is none.</summary>
    public static string? FindViolation(RegistryTable registry)
    {
        var (count, bytes) = (0, 0L);
        foreach (var document in registry.All)
        {
            count++;
            bytes += document.SizeBytes;
            if (document.Version < 1 || document.Version >= registry.NextVersion)
                return $"document {document} has a version outside of 1 to {registry.NextVersion - 1}";
            if (!registry.TryGet(document.Kind, document.Id, out var found) || !ReferenceEquals(found, document))
                return $"document {document} cannot be found under its id";
            if (document.Json.Length is 0 or > RegistryLimits.DocumentBytes)
                return $"document {document} is {document.Json.Length} bytes";
        }
        if (count != registry.Count || bytes != registry.Bytes)
            return $"the registry counts {registry.Count} documents and {registry.Bytes} bytes but has {count} and "
                + $"{bytes}";
        return count > RegistryLimits.Documents || bytes > RegistryLimits.TotalBytes
            ? $"the registry exceeds its limits with {count} documents and {bytes} bytes"
            : null;
    }
}
