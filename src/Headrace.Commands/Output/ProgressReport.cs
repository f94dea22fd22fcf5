namespace Headrace.Commands.Output;

/// <summary>The functions that long-running work calls to report its progress to the user.</summary>
/// <param name="Done">Reports how many items have been completed.</param>
/// <param name="Note">Writes a message to standard error without disrupting the progress bar.</param>
public sealed record ProgressReport(Action<double> Done, Action<string> Note);
