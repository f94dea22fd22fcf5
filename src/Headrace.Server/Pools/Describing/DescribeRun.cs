using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Server.Pools.Describing;

/// <summary>Runs a worker program once with <c>--describe</c>, which prints its methods and exits.</summary>
internal static class DescribeRun
{
    public const string Argument = "--describe";

    /// <summary>
    /// Maximum length of a description in characters. It equals the limit on the total size of all schemas on a server.
    /// </summary>
    private const int MaxCharacters = 64 << 20;

    /// <summary>Maximum number of characters from standard error that an error message quotes.</summary>
    private const int MaxQuoted = 500;

    /// <summary>
    /// Time after which the program is killed. A program that does not know the argument may start as a worker instead
    /// and run until it is stopped. A program that loads a large model before it reads its arguments may need most of
    /// this time.
    /// </summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The program that kills the worker program and its process group after a time limit, even if the server has been
    /// killed.
    /// </summary>
    private const string Timeout = "/usr/bin/timeout";

    /// <summary>
    /// The address that the program receives instead of the server's address, so that a program that does not know the
    /// argument cannot join the server as an unsupervised worker.
    /// </summary>
    private const string NoServer = "unix:/dev/null";

    /// <summary>
    /// Returns the description. If the program does not print a description, throws <see cref="HeadraceException"/>
    /// with the reason.
    /// </summary>
    public static async Task<ProgramDescription> RunAsync(
        PoolCommand command,
        TimeProvider time,
        CancellationToken stop
    )
    {
        var start = Limited(command.CreateStart(Argument), TimeLimit * 2);
        start.Environment[WorkerProcess.Server] = NoServer;
        foreach (
            var variable in (string[])
                [
                    WorkerProcess.KeyDescriptor,
                    WorkerProcess.Name,
                    WorkerProcess.Incarnation,
                    WorkerProcess.Pool,
                    WorkerProcess.OrphanGrace,
                ]
        )
            start.Environment.Remove(variable);
        using var process = Start(start, command);
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            process.StandardInput.Close();
            var errors = ReadAsync(process.StandardError, MaxQuoted, either.Token);
            var output = await ReadAsync(process.StandardOutput, MaxCharacters, either.Token);
            await process.WaitForExitAsync(either.Token);
            return Read(command, process.ExitCode, output, (await errors).Trim());
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new HeadraceException(
                $"`{command} {Argument}` did not exit within {TimeLimit.TotalSeconds:0} s and was stopped."
            );
        }
        finally
        {
            if (!process.HasExited)
                Unix.Signal(-process.Id, Unix.SigKill);
        }
    }

    /// <summary>Limits the run time of a program, even if the server that started it is killed.</summary>
    internal static ProcessStartInfo Limited(ProcessStartInfo start, TimeSpan limit)
    {
        if (!File.Exists(Timeout))
            return start;
        string[] timeout = [Timeout, "--signal=KILL", limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
        foreach (var (i, argument) in timeout.Index())
            start.ArgumentList.Insert(i, argument);
        return start;
    }

    private static ProgramDescription Read(PoolCommand command, int exitCode, string output, string errors)
    {
        if (exitCode != 0)
            throw new HeadraceException(
                $"`{command} {Argument}` exited with code {exitCode}"
                    + (errors.Length > 0 ? $": {TerminalText.OneLine(errors).TrimEnd('.')}." : ".")
            );
        try
        {
            return ProgramDescription.Read(output);
        }
        catch (FormatException invalid)
        {
            throw new HeadraceException(
                $"`{command} {Argument}` printed no valid description: {invalid.Message}.",
                invalid
            );
        }
    }

    private static Process Start(ProcessStartInfo start, PoolCommand command)
    {
        try
        {
            return Process.Start(start)
                ?? throw new HeadraceException($"The worker program {command.Program} did not start.");
        }
        catch (Win32Exception refused)
        {
            throw new HeadraceException(
                $"The worker program {command.Program} cannot be started: {refused.Message}",
                refused
            );
        }
    }

    /// <summary>
    /// Reads to the end of the stream, and returns at most the first <paramref name="max"/> characters.
    /// </summary>
    private static async Task<string> ReadAsync(StreamReader stream, int max, CancellationToken stop)
    {
        var text = new StringBuilder();
        var buffer = new char[4 << 10];
        while (await stream.ReadAsync(buffer, stop) is > 0 and var read)
            text.Append(buffer, 0, Math.Min(read, max - text.Length));
        return text.ToString();
    }
}
