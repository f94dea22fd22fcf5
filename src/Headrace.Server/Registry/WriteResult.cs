using Headrace.Core;

namespace Headrace.Server.Registry;

/// <summary>The result of a write to the registry.</summary>
internal abstract record WriteResult
{
    /// <summary>
    /// All writes are durable. Contains the new version of each document, in the order of the writes.
    /// </summary>
    public sealed record Stored(IReadOnlyList<long> Versions) : WriteResult
    {
        /// <summary>The version of the first write.</summary>
        public long Version => Versions[0];
    }

    /// <summary>
    /// Nothing was written because a document did not have the expected version. The actual version is 0 if the
    /// document does not exist.
    /// </summary>
    public sealed record Conflict(string Kind, string Id, long ActualVersion) : WriteResult;

    /// <summary>Nothing was written: a limit is exceeded, a name is invalid, or the store is unavailable.</summary>
    public sealed record Rejected(Rejection Rejection) : WriteResult;
}
