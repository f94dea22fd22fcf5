using System.Diagnostics;
using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// Starts a program as the leader of a separate session. A signal from the caller's terminal, such as Ctrl-C, does not
/// reach the program, and the program can be killed together with every process that it started.
/// </summary>
internal static class OwnSession
{
    /// <summary>
    /// The path of setsid, which creates a session and then replaces itself with the given program. The process id is
    /// therefore the process id of the program itself.
    /// </summary>
    private const string SetSid = "/usr/bin/setsid";

    /// <summary>
    /// Returns the start information for <paramref name="command"/>, which consists of a program and its arguments. All
    /// three standard streams are redirected.
    /// </summary>
    public static ProcessStartInfo Of(IReadOnlyList<string> command)
    {
        if (!File.Exists(SetSid))
            throw new HeadraceException($"Local workers require {SetSid}. Install the util-linux package.");
        return new ProcessStartInfo(SetSid, command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
