using Headrace.Core;

namespace Headrace.Worker.Processes;

/// <summary>
/// A shell process that waits until this worker exits, and then kills the programs that the worker left behind. The
/// kernel's own mechanism, PR_SET_PDEATHSIG, is not sufficient: it is lost when a program starts another one, and it
/// takes effect when the thread that started the program ends. The shell reads a pipe whose other end only this worker
/// holds, so it detects the exit regardless of the cause.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // grep reports the files in /proc that it cannot read, which is not an error here. A program may create another
    // process before it is killed, so the search is repeated.
    private const string Script = """
        trap '' HUP INT TERM
        read -r _
        round=0
        while [ "$round" -lt 100 ]; do
            found=$(grep -lsF "$1" /proc/[0-9]*/environ)
            [ -n "$found" ] || break
            for file in $found; do
                process=${file#/proc/}
                kill -9 "${process%/environ}" 2>/dev/null
            done
            round=$((round + 1))
        done
        rm -rf "$2"
        [ -z "$3" ] || rm -rf "$3"*
        """;

    private readonly ChildProcess _shell;
    private readonly Descriptor _worker;

    private OrphanGuard(ChildProcess shell, Descriptor worker) => (_shell, _worker) = (shell, worker);

    /// <summary>Starts the guard. Returns null if this machine has no shell at the usual path.</summary>
    /// <param name="owner">The part of the marks that all executions of the worker share.</param>
    /// <param name="folder">The folder to delete at the end.</param>
    /// <param name="prefix">The common prefix of the paths of further folders to delete; null for none.</param>
    public static OrphanGuard? Start(string owner, string folder, string? prefix)
    {
        var (read, write) = Descriptor.Pipe();
        using (read)
        using (var nothing = Descriptor.OpenWrite("/dev/null"))
            try
            {
                var shell = ChildProcess.Start(
                    new ProcessStart
                    {
                        Program = "/bin/sh",
                        Arguments =
                        [
                            "-c",
                            Script,
                            "headrace-guard",
                            $"{ExecutionMark.Variable}={owner}-",
                            folder,
                            prefix ?? "",
                        ],
                        Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH")}"],
                        WorkingFolder = "/",
                        Descriptors = [read, nothing, nothing],
                    }
                );
                return new OrphanGuard(shell, write);
            }
            catch (HeadraceException)
            {
                // Without the guard, programs still end together with the worker unless the worker is killed. In that
                // case, the next worker on this machine finds and kills them.
                write.Dispose();
                return null;
            }
    }

    /// <summary>Makes the guard kill the programs and delete the folders immediately, and then exit.</summary>
    public void Dispose()
    {
        _worker.Dispose();
        _shell.TryReap(out _);
        _shell.Dispose();
    }
}
