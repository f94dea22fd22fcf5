namespace Headrace.Cli.Commands.Consuming;

/// <summary>Something that a consumer has pulled: an ended job or a message.</summary>
/// <param name="Token">The token with which it is acknowledged or released.</param>
/// <param name="Description">What it is, for messages, such as <c>job 42</c>.</param>
internal sealed record Delivery(string Token, string Description)
{
    /// <summary>The environment variables that a command receives.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Reads what a command receives on its standard input.</summary>
    public required Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ReadContentAsync { get; init; }

    /// <summary>Writes the delivery to standard output.</summary>
    public required Func<CancellationToken, Task> PrintAsync { get; init; }
}
