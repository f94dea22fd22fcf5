using System.Security.Cryptography;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>What a worker process finds around it.</summary>
internal sealed record WorkerSurroundings
{
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The notes of this user's running servers, newest first.</summary>
    public required Func<IReadOnlyList<ServerNote>> Servers { get; init; }

    /// <summary>The text of a key file; null where it cannot be read.</summary>
    public required Func<string, string?> KeyFile { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>64 random bits.</summary>
    public required Func<ulong> RandomBits { get; init; }

    public static WorkerSurroundings OfThisProcess() =>
        new()
        {
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? set : null,
            Servers = ServerNote.Running,
            KeyFile = LocalKey.Read,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            RandomBits = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        };
}
