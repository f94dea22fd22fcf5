using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Tests.Architecture;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Runs a test's work for a program in another process, <c>process-bridge.c</c>, which connects to a socket for each of
/// its jobs. The program is compiled once.
/// </summary>
internal static class ProcessBridge
{
    private static readonly Lazy<string> Compiled = new(Compile);
    private static readonly Lazy<string> Folder = new(CreateFolder);
    private static int _sockets;

    public static string Program => Compiled.Value;

    /// <summary>
    /// Listens until the test process ends. Returns the path of the socket. If the work returns
    /// <paramref name="death"/>, the job's process dies.
    /// </summary>
    public static string Listen(Work work, object death)
    {
        var path = Path.Combine(
            Folder.Value,
            Interlocked.Increment(ref _sockets).ToString(CultureInfo.InvariantCulture)
        );
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(1_000);
        _ = AcceptAsync(socket, work, death);
        return path;
    }

    private static async Task AcceptAsync(Socket socket, Work work, object death)
    {
        while (true)
        {
            var program = await socket.AcceptAsync();
            // The work may block its thread.
            _ = Task.Factory.StartNew(
                () => RunAsync(program, work, death),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        }
    }

    private static async Task RunAsync(Socket socket, Work work, object death)
    {
        await using var program = new NetworkStream(socket, ownsSocket: true);
        using var lines = new StreamReader(program, leaveOpen: true);
        using var stop = new CancellationTokenSource();
        var words = (await lines.ReadLineAsync())!.Split(' ');
        var job = new BridgedJob(
            new JobId(long.Parse(words[1], CultureInfo.InvariantCulture)),
            int.Parse(words[2], CultureInfo.InvariantCulture)
        );
        _ = CancelAsync(lines, stop);
        var (kind, text) = await EndAsync(
            work,
            job,
            int.Parse(words[3], CultureInfo.InvariantCulture),
            death,
            stop.Token
        );
        try
        {
            await program.WriteAsync(Encoding.ASCII.GetBytes(kind == "die" ? "die\n" : $"{kind} {text.Length}\n"));
            await program.WriteAsync(text);
            // The program closes the connection after it has read the answer.
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The program was killed.
        }
    }

    private static async Task<(string Kind, byte[] Text)> EndAsync(
        Work work,
        JobContext job,
        int i,
        object death,
        CancellationToken stop
    )
    {
        try
        {
            var result = await work(job, i, stop);
            return ReferenceEquals(result, death) ? ("die", [])
                : result is string text ? ("result", Encoding.UTF8.GetBytes(text))
                : ("result", JsonSerializer.SerializeToUtf8Bytes(result));
        }
        catch (Exception thrown)
        {
            return ("error", Encoding.UTF8.GetBytes(thrown.Message));
        }
    }

    /// <summary>Cancels the work when the program is asked to stop or has exited.</summary>
    private static async Task CancelAsync(StreamReader lines, CancellationTokenSource stop)
    {
        try
        {
            await lines.ReadLineAsync();
            await stop.CancelAsync();
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The job has ended.
        }
    }

    /// <summary>Creates the folder for the sockets, which is deleted when the test process ends.</summary>
    private static string CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("headrace-bridge-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static string Compile()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "process-bridge");
        var source = Path.Combine(Repository.Root, "tests/Headrace.Tests/Worker/Executors/process-bridge.c");
        using var compiler = Process.Start("cc", ["-O1", "-Wall", "-Werror", "-o", program, source]);
        Assert.True(compiler.WaitForExit(TimeSpan.FromSeconds(60)), "The compiler did not exit in time.");
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }

    private sealed class BridgedJob(JobId id, int attempt) : JobContext
    {
        public override JobId Id => id;

        public override int Attempt => attempt;

        public override string Queue => "default";

        public override string Method => "probe@1";

        public override ReadOnlyMemory<byte> Body => default;

        public override string? ContentType => null;

        public override void ReportProgress(double fraction, string? text = null) =>
            throw new NotSupportedException("The program does not report progress.");

        public override void Log(string line) => throw new NotSupportedException("The program does not log.");
    }
}
