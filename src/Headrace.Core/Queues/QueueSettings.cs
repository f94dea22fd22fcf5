using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Core.Retention;

namespace Headrace.Core.Queues;

/// <summary>
/// The settings of a queue. They are stored in a registry document that the broker itself reads. A setting therefore
/// takes effect with the commit that stores it and, after a restart, before the first job is claimed (decision 37).
/// </summary>
internal sealed record QueueSettings
{
    /// <summary>The document kind; the id of each document is the queue name.</summary>
    public const string Kind = "queue";

    /// <summary>The settings of a queue without a document.</summary>
    public static readonly QueueSettings Default = new();

    /// <summary>Maximum number of unfinished jobs; null for the server default.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>Maximum size of the unfinished jobs in bytes; null for the server default.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>How long a submission waits for a place while the queue is full; zero to reject it at once.</summary>
    public TimeSpan WaitWhenFull { get; init; }

    /// <summary>True if no job in the queue can be claimed. Running jobs continue, and new jobs are accepted.</summary>
    public bool Paused { get; init; }

    /// <summary>True if the queue accepts no further jobs. The jobs that are already in it still run.</summary>
    public bool Draining { get; init; }

    /// <summary>Time limit for jobs that are submitted without one; zero for no limit.</summary>
    public TimeSpan TimeLimit { get; init; }

    /// <summary>
    /// The retry policy for jobs in the queue. Each member applies only if neither the submission nor the job's method
    /// specifies it. Null for the server defaults.
    /// </summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>How long succeeded jobs are kept; null for <see cref="RetentionLimit.Succeeded"/>.</summary>
    public RetentionLimit? KeepSucceeded { get; init; }

    /// <summary>How long other ended jobs are kept; null for <see cref="RetentionLimit.Unsuccessful"/>.</summary>
    public RetentionLimit? KeepFailed { get; init; }

    /// <summary>Who last changed the settings, shown in explanations.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>When the settings were last changed.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    public RetentionLimit RetentionOf(HistoryClass historyClass) =>
        historyClass == HistoryClass.Succeeded
            ? KeepSucceeded ?? RetentionLimit.Succeeded
            : KeepFailed ?? RetentionLimit.Unsuccessful;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, QueueSettingsJson.Default.QueueSettings);

    /// <summary>Parses a document. Returns null if it does not contain settings.</summary>
    public static QueueSettings? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, QueueSettingsJson.Default.QueueSettings);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
