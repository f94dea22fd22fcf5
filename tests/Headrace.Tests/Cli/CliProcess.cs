using System.Diagnostics;
using System.Text;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Runs the built executable in an empty home folder, with a time limit.</summary>
internal sealed record CliProcess(int Code, string Out, string Error)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>The path of the <c>headrace</c> executable built together with these tests.</summary>
    public static string Executable { get; } = Built("Headrace.Cli", "headrace");

    /// <summary>The path of the worker program whose methods harm their own process.</summary>
    public static string TestWorker { get; } = Built("Headrace.TestWorker", "Headrace.TestWorker");

    private static string BenchExecutable { get; } = Built("Headrace.Bench", "Headrace.Bench");

    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CliProcess> RunAsync(params string[] arguments) => RunAsync([], arguments);

    public static async Task<CliProcess> RunAsync(
        IEnumerable<(string Name, string Value)> environment,
        params string[] arguments
    )
    {
        using var home = new TemporaryFolder();
        using var process = Start(home.Path, environment, arguments);
        return await EndAsync(process, string.Join(' ', arguments));
    }

    /// <summary>Reads the output of a started process until it exits.</summary>
    public static async Task<CliProcess> EndAsync(Process process, string line, TimeSpan? deadline = null)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(deadline ?? Deadline);
        try
        {
            process.StandardInput.Close();
            var (output, error) = (
                process.StandardOutput.ReadToEndAsync(late.Token),
                process.StandardError.ReadToEndAsync(late.Token)
            );
            await process.WaitForExitAsync(late.Token);
            return new CliProcess(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{line} did not exit within {deadline ?? Deadline}.");
        }
    }

    /// <summary>Runs the program behind <c>bench/run</c>.</summary>
    public static async Task<CliProcess> RunBenchAsync(params string[] arguments)
    {
        using var home = new TemporaryFolder();
        using var process = StartBench(home.Path, arguments);
        return await EndAsync(process, string.Join(' ', arguments));
    }

    /// <summary>Starts the executable and leaves it running. The caller must stop it.</summary>
    public static Process Start(
        string home,
        IEnumerable<(string Name, string Value)> environment,
        params string[] arguments
    ) => StartProgram(Executable, home, environment, arguments);

    /// <summary>
    /// Starts the executable in a network namespace, as if it were on another machine. The caller must stop it.
    /// </summary>
    public static Process StartIn(
        string networkNamespace,
        string home,
        IEnumerable<(string Name, string Value)> environment,
        params string[] arguments
    ) => StartProgram("ip", home, environment, ["netns", "exec", networkNamespace, Executable, .. arguments]);

    /// <summary>Starts a shell command that can refer to the executable as $0.</summary>
    public static Process StartShell(string home, string command) =>
        StartProgram("/bin/bash", home, [("XDG_RUNTIME_DIR", home)], ["-c", command, Executable]);

    /// <summary>Starts the program behind <c>bench/run</c> and leaves it running. The caller must stop it.</summary>
    public static Process StartBench(string home, params string[] arguments) =>
        StartProgram(BenchExecutable, home, [], arguments);

    /// <summary>Starts the test worker and leaves it running. The caller must stop it.</summary>
    public static Process StartTestWorker(
        string home,
        IEnumerable<(string Name, string Value)> environment,
        params string[] arguments
    ) => StartProgram(TestWorker, home, environment, arguments);

    /// <summary>Starts the program of a project below samples or tests. The caller must stop it.</summary>
    public static Process StartSample(
        string program,
        string home,
        IEnumerable<(string Name, string Value)> environment,
        params string[] arguments
    ) => StartProgram(Built(program, program), home, environment, arguments);

    /// <summary>Starts a Python script and leaves it running. The caller must stop it.</summary>
    public static Process StartPython(
        string script,
        string home,
        IEnumerable<(string Name, string Value)> environment
    ) => StartProgram("python3", home, environment, [script]);

    private static string Built(string project, string executable) =>
        Path.GetFullPath(
            Path.Combine(
                AppContext.BaseDirectory,
                "..",
                "..",
                project,
                Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
                executable
            )
        );

    private static Process StartProgram(
        string executable,
        string home,
        IEnumerable<(string Name, string Value)> environment,
        string[] arguments
    )
    {
        var start = new ProcessStartInfo(executable, arguments)
        {
            WorkingDirectory = home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // The server, key and settings configured for the current user must not affect the process.
        foreach (
            var name in start
                .Environment.Keys.Where(k =>
                    k.StartsWith("HEADRACE_", StringComparison.Ordinal)
                    || k.StartsWith("XDG_", StringComparison.Ordinal)
                )
                .ToList()
        )
            start.Environment.Remove(name);
        start.Environment["HOME"] = home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{executable} did not start.");
    }
}
