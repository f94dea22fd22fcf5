using System.Diagnostics;
using Headrace.Cli.Up;

namespace Headrace.Cli.Bench;

/// <summary>
/// This executable again, as a process in a session of its own: a signal to the one that measures does not reach what
/// it measures.
/// </summary>
internal static class ThisProgram
{
    private const string NewSession = "/usr/bin/setsid";

    /// <summary>Starts it; one that <paramref name="talks"/> keeps its standard input open.</summary>
    public static Process Start(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        bool talks = false
    )
    {
        // setsid becomes the program, so the process id is the program's own.
        string[] whole = [NewSession, .. WorkerCommand.OfThisProcess().SkipLast(1), .. arguments];
        var start = new ProcessStartInfo(whole[0], whole[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Whoever measures may have a server, a key and settings of their own: none of them is part of this.
        foreach (
            var name in start
                .Environment.Keys.Where(key => key.StartsWith("HEADRACE_", StringComparison.Ordinal))
                .ToList()
        )
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new IOException($"{whole[0]} was not started.");
        if (!talks)
            process.StandardInput.Close();
        return process;
    }
}
