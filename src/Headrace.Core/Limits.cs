namespace Headrace.Core;

/// <summary>Bounds that are part of the rules; what users may set lies in options.</summary>
internal static class Limits
{
    /// <summary>A batch ends at so many commands (R1).</summary>
    public const int CommandsPerBatch = 2_048;

    /// <summary>… or at so many bytes.</summary>
    public const long BytesPerBatch = 8 << 20;

    /// <summary>
    /// An exchange is granted no further lease once the bodies and parameters of its grants exceed this (R15): a reply
    /// stays below this and one job more, whatever capacity its worker states.
    /// The bound stands at the claim and not at the reply, because a lease left out of its reply would have to go back
    /// and be claimed again.
    /// </summary>
    public const long BytesPerReply = 8 << 20;

    /// <summary>
    /// An exchange that brought more than this is answered at once (R7): what it brought stays in memory until its
    /// answer, and counts against what workers may send at a time.
    /// </summary>
    public const int ParkedBytes = 16 << 10;

    /// <summary>No command changes more jobs than this (R3).</summary>
    public const int JobsPerCommand = 1_000;

    /// <summary>Queues at most: each has a bound, and only so has their sum.</summary>
    public const int Queues = 10_000;

    /// <summary>Leases of one worker at most: its end changes no more jobs than a command may (R3).</summary>
    public const int LeasesPerWorker = JobsPerCommand;

    /// <summary>A body or result up to this size is a row; larger ones are not taken yet (R15).</summary>
    public const int InlineBytes = 1 << 20;

    /// <summary>Result bytes that a claim reserves where the method says nothing else (R13).</summary>
    public const long DefaultMaxResult = 1 << 20;

    /// <summary>Feeds at most.</summary>
    public const int Feeds = 1_000;

    /// <summary>The log tail kept for an attempt.</summary>
    public const int LogTailBytes = 64 << 10;

    /// <summary>The maximum number of tags of a job.</summary>
    public const int MaxTags = 16;

    /// <summary>The maximum number of characters of a tag.</summary>
    public const int MaxTagLength = 64;

    /// <summary>Callers that may wait for jobs at once; one more is answered at once.</summary>
    public const int Waiters = 10_000;
}
