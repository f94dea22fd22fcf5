using System.Diagnostics;

namespace Headrace.Protocol.Local;

/// <summary>
/// Starts a program as the leader of a session of its own. A signal at the starter's terminal, such as Ctrl-C, does not
/// reach it, and it can be killed together with every process that it started.
/// </summary>
internal static class OwnSession
{
    /// <summary>
    /// Creates a session and then becomes the given program, so the process id is the program's own. Where it is
    /// missing (macOS), the program stays in the session of its starter.
    /// </summary>
    private const string SetSid = "/usr/bin/setsid";

    /// <summary>Whether started programs lead a session on this machine.</summary>
    public static bool IsSupported { get; } = File.Exists(SetSid);

    /// <summary>
    /// How to start <paramref name="command"/>, a program and its arguments. All three standard streams are redirected.
    /// </summary>
    public static ProcessStartInfo Of(IReadOnlyList<string> command)
    {
        IReadOnlyList<string> whole = IsSupported ? [SetSid, .. command] : command;
        return new ProcessStartInfo(whole[0], whole.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
