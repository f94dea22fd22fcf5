using System.Security.Cryptography;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>Gives access to the environment of a worker process.</summary>
internal sealed record WorkerEnvironment
{
    /// <summary>Gets the sources from which the worker determines its server and its other settings.</summary>
    public required DiscoverySources Sources { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Returns 64 random bits.</summary>
    public required Func<ulong> RandomBits { get; init; }

    /// <summary>
    /// Returns the text that an inherited file descriptor contains. Throws <see cref="IOException"/> if it cannot be
    /// read.
    /// </summary>
    public required Func<int, string> ReadDescriptor { get; init; }

    /// <summary>Returns the value of an environment variable; null if it is not set or is empty.</summary>
    public string? Variable(string name) => Sources.Variable(name) is { Length: > 0 } set ? set : null;

    public static WorkerEnvironment OfThisProcess() =>
        new()
        {
            Sources = DiscoverySources.OfThisProcess(),
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            ReadDescriptor = InheritedKey.Read,
            RandomBits = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
}
