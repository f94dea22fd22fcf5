using System.Security.Cryptography;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>Gives access to the environment of a worker process.</summary>
internal sealed record WorkerEnvironment
{
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Returns the running servers of this user, newest first.</summary>
    public required Func<IReadOnlyList<RunningServer>> Servers { get; init; }

    /// <summary>Returns the content of a key file; null when it cannot be read.</summary>
    public required Func<string, string?> KeyFile { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Returns 64 random bits.</summary>
    public required Func<ulong> RandomBits { get; init; }

    public static WorkerEnvironment OfThisProcess() =>
        new()
        {
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? set : null,
            Servers = RunningServer.List,
            KeyFile = LocalKey.Read,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            RandomBits = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
}
