namespace Headrace.Worker.Warm;

/// <summary>
/// A step that the code around <see cref="WarmMachine"/> executes. Steps are executed in the order in which they
/// are returned.
/// </summary>
internal abstract record WarmStep
{
    /// <summary>Starts the process.</summary>
    public sealed record Start : WarmStep;

    public sealed record Send(WarmFrame Frame) : WarmStep;

    /// <summary>Kills the process and everything that it started.</summary>
    public sealed record Kill : WarmStep;

    /// <summary>Writes a message to the log of the worker.</summary>
    public sealed record Report(string Message) : WarmStep;

    /// <summary>Ends a job in the batch.</summary>
    public sealed record End(int Index, JobOutcome Outcome) : WarmStep;

    /// <summary>Reports the progress of a job in the batch.</summary>
    public sealed record Progress(int Index, double Fraction, string Text) : WarmStep;

    /// <summary>Adds lines to the log of a job in the batch.</summary>
    public sealed record Log(int Index, ReadOnlyMemory<byte> Lines) : WarmStep;

    /// <summary>Submits children of a job of the batch, and answers the request of the process.</summary>
    public sealed record Submit(int Index, WarmFrame.Submit Request) : WarmStep;
}
