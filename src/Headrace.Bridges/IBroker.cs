namespace Headrace.Bridges;

/// <summary>An open connection to a broker.</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>Where messages are taken; null if the bridge takes none.</summary>
    IMessageSource? Source { get; }

    /// <summary>Where results are published; null if the bridge publishes none.</summary>
    IResultTarget? Target { get; }

    /// <summary>What an operator should know about the broker, such as that it can lose messages.</summary>
    IReadOnlyList<string> Warnings { get; }
}

/// <summary>Connects to a broker.</summary>
internal interface IBrokerConnector
{
    /// <summary>Connects and checks the broker. Throws <see cref="BrokerException"/> if it cannot be used.</summary>
    Task<IBroker> ConnectAsync(BridgeDefinition bridge, string store, CancellationToken cancellationToken);
}

/// <summary>
/// Thrown when the broker cannot do what the bridge needs. The message names the value and the remedy.
/// </summary>
internal sealed class BrokerException(string message, Exception? inner = null) : Exception(message, inner);
