namespace Headrace.Core;

/// <summary>The times at which a command is applied, and the batch that receives its output.</summary>
internal readonly record struct ApplyContext(Instant Now, Elapsed Elapsed, Batch Batch);
