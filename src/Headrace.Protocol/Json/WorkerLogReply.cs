namespace Headrace.Protocol.Json;

/// <summary>Lines that a local worker wrote to its standard output or standard error, oldest first.</summary>
/// <param name="Worker">The name of the worker.</param>
/// <param name="Lines">The lines.</param>
/// <param name="Next">The number to pass as <c>after</c> to read the lines that follow.</param>
public sealed record WorkerLogReply(string Worker, IReadOnlyList<WorkerLogLineReply> Lines, long Next);

/// <summary>A line of a worker's output.</summary>
/// <param name="Number">The number of the line, counted from 1 for each worker name.</param>
/// <param name="At">When the server read the line.</param>
/// <param name="ProcessId">The process that wrote the line.</param>
/// <param name="Text">The line; lines of more than 4 KB are split.</param>
public sealed record WorkerLogLineReply(long Number, DateTimeOffset At, int ProcessId, string Text);
