using System.Diagnostics;
using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// Starts a program as the leader of a session of its own. A signal at the starter's terminal, such as Ctrl-C, does not
/// reach it, and it can be killed together with every process that it started.
/// </summary>
internal static class OwnSession
{
    /// <summary>Creates a session and then becomes the given program, so the process id is the program's own.</summary>
    private const string SetSid = "/usr/bin/setsid";

    /// <summary>
    /// How to start <paramref name="command"/>, a program and its arguments. All three standard streams are redirected.
    /// </summary>
    public static ProcessStartInfo Of(IReadOnlyList<string> command)
    {
        if (!File.Exists(SetSid))
            throw new HeadraceException($"Local workers need {SetSid}. Install util-linux.");
        return new ProcessStartInfo(SetSid, command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
