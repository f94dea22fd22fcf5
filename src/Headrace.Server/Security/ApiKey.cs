using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>One version of an API key.</summary>
internal sealed class ApiKey
{
    /// <summary>The start of the owner name of jobs that were submitted with a key that acts for no user.</summary>
    public const string OwnerPrefix = "key:";

    /// <summary>
    /// The UTC time, in ticks, at which the use of the key was last recorded. Any thread that uses the key may change
    /// this value.
    /// </summary>
    private long _usedTicks;

    private ApiKey(string name, long version, ApiKeyDocument document)
    {
        (Name, Version, Document) = (name, version, document);
        _usedTicks = document.LastUsed?.UtcTicks ?? 0;
        Grants = document.IsWorker ? [new Grant(Role.Worker)] : [.. document.Roles.Select(Parse).OfType<Grant>()];
        Caller = new Caller(OwnerPrefix + name, Grants)
        {
            WorkerLimit = document.IsWorker ? new WorkerLimit(document.Pool) : null,
        };
    }

    public string Name { get; }

    public long Version { get; }

    public ApiKeyDocument Document { get; }

    public IReadOnlyList<Grant> Grants { get; }

    /// <summary>The caller for a key that does not act on behalf of a user.</summary>
    public Caller Caller { get; }

    public static ApiKey Parse(RegistryDocument document) =>
        new(
            document.Id,
            document.Version,
            JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.ApiKeyDocument)!
        );

    /// <summary>
    /// Returns whether a secret is the current secret of the key, or the previous secret while it is still valid after
    /// a rotation.
    /// </summary>
    public bool Matches(ReadOnlySpan<char> secret, DateTimeOffset now) =>
        SecretText.Matches(secret, Document.Hash)
        || (now < Document.PreviousValidUntil && SecretText.Matches(secret, Document.PreviousHash));

    /// <summary>
    /// Returns whether the use of the key must be recorded now. The result is true at most once per
    /// <paramref name="interval"/>.
    /// </summary>
    public bool TryBeginUse(DateTimeOffset now, TimeSpan interval)
    {
        var last = Interlocked.Read(ref _usedTicks);
        return now.UtcTicks - last >= interval.Ticks
            && Interlocked.CompareExchange(ref _usedTicks, now.UtcTicks, last) == last;
    }

    private static Grant? Parse(string role) => Grant.TryParse(role, out var grant) ? grant : null;
}
