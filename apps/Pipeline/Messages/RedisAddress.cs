using Headrace.Bridges;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>A Redis server and its password.</summary>
internal sealed record RedisAddress(BrokerAddress Broker, string? Password)
{
    /// <summary>Reads the options <c>--redis</c> and <c>--redis-password-file</c>.</summary>
    /// <exception cref="UsageException">The address is not valid, or the file contains no password.</exception>
    public static RedisAddress Parse(string text, string? passwordFile)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : $"redis://{text}";
        if (!BrokerAddress.TryParse(url, null, out var address, out var fault))
            throw new UsageException($"--redis: {fault}");
        if (address.Kind != BrokerKind.Redis)
            throw new UsageException($"--redis is '{text}', which is not a Redis. Use HOST:PORT or redis://HOST:PORT.");
        try
        {
            var password = passwordFile is null
                ? null
                : BrokerPassword.Of(Definition(address) with { PasswordFile = Path.GetFullPath(passwordFile) });
            return new RedisAddress(address, password);
        }
        catch (BrokerException unreadable)
        {
            throw new UsageException(unreadable.Message);
        }
    }

    /// <summary>Returns the definition of a bridge to this server, which names nothing else.</summary>
    public BridgeDefinition Bridge(string name) => Definition(Broker) with { Name = name, Password = Password };

    private static BridgeDefinition Definition(BrokerAddress address) =>
        new()
        {
            Name = "pipeline",
            Broker = address,
            Queue = "pipeline",
        };
}
