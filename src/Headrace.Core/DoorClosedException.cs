namespace Headrace.Core;

/// <summary>
/// The shard takes no command now: it is starting or stopping, or its store is in trouble. The message says why;
/// <see cref="RetryAfter"/> is null where nobody knows when it will.
/// </summary>
internal sealed class DoorClosedException(string message, TimeSpan? retryAfter = null) : HeadraceException(message)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public RefusalKind Kind { get; init; } = RefusalKind.Unavailable;

    public override bool IsTransient => true;
}
