namespace Headrace.Commands.Output;

/// <summary>The functions with which long-running work reports its progress to the user.</summary>
/// <param name="Done">Reports how many items are completed.</param>
/// <param name="Note">Writes a message to standard error without disrupting the progress bar.</param>
public sealed record ProgressReport(Action<double> Done, Action<string> Note);
