using System.Globalization;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>The values that a worker passes in environment variables to the ranks that it starts.</summary>
/// <param name="Socket">The path of the Unix socket of the worker.</param>
/// <param name="Method">The name and version of the method.</param>
/// <param name="Epoch">The number that identifies this start of the group.</param>
internal sealed record RankEnvironment(string Socket, string Method, ulong Epoch)
{
    private const string SocketVariable = "HEADRACE_RANK_SOCKET";
    private const string MethodVariable = "HEADRACE_METHOD";
    private const string EpochVariable = "HEADRACE_GROUP_EPOCH";

    /// <summary>
    /// Returns the values that the worker passed to this process; null if it was not started as a rank.
    /// </summary>
    public static RankEnvironment? OfThisProcess() => Read(Environment.GetEnvironmentVariable);

    public static RankEnvironment? Read(Func<string, string?> variable) =>
        variable(SocketVariable) is { Length: > 0 } socket
            ? new RankEnvironment(
                socket,
                variable(MethodVariable) ?? "",
                ulong.TryParse(variable(EpochVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                    ? epoch
                    : 0
            )
            : null;
}
