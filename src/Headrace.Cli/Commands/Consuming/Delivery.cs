namespace Headrace.Cli.Commands.Consuming;

/// <summary>An ended job or a message that a consumer pulled.</summary>
/// <param name="Token">The token that acknowledges or releases the delivery.</param>
/// <param name="Description">A description for messages to the user, such as <c>job 42</c>.</param>
internal sealed record Delivery(string Token, string Description)
{
    /// <summary>The environment variables passed to a command that handles the delivery.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Reads the content that a command receives on its standard input.</summary>
    public required Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ReadContentAsync { get; init; }

    /// <summary>Writes the delivery to standard output.</summary>
    public required Func<CancellationToken, Task> PrintAsync { get; init; }
}
