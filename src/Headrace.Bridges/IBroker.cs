namespace Headrace.Bridges;

/// <summary>An open connection to a broker.</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>The source of messages; null if the bridge takes none.</summary>
    IMessageSource? Source { get; }

    /// <summary>The target for results; null if the bridge publishes none.</summary>
    IResultTarget? Target { get; }

    /// <summary>Warnings for the operator, such as that the broker can lose messages.</summary>
    IReadOnlyList<string> Warnings { get; }
}

/// <summary>Connects to a broker.</summary>
internal interface IBrokerConnector
{
    /// <summary>Connects and checks the broker. Throws <see cref="BrokerException"/> if it cannot be used.</summary>
    Task<IBroker> ConnectAsync(BridgeDefinition bridge, string store, CancellationToken cancellationToken);
}

/// <summary>
/// Thrown when the broker cannot do what the bridge needs. The message states the cause and the remedy.
/// </summary>
internal sealed class BrokerException(string message, Exception? inner = null) : Exception(message, inner);
