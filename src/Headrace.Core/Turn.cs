namespace Headrace.Core;

/// <summary>When a command is applied, and the batch that takes what it produces.</summary>
internal readonly record struct Turn(Instant Now, Elapsed Elapsed, Batch Batch);
