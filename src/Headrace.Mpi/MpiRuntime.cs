using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Headrace.Mpi.Abi;
using Headrace.Mpi.Native;

namespace Headrace.Mpi;

/// <summary>
/// Runs MPI in this process, which is one rank of a group that <c>mpiexec</c> started. MPI can be started only once in
/// a process, and only the thread that started it may call it.
/// </summary>
/// <example><code>
/// using var mpi = MpiRuntime.Start();
/// var ranks = mpi.World;
/// double[] sum = [ranks.Rank];
/// ranks.AllReduce&lt;double&gt;(sum, sum, ReduceOperation.Sum);
/// </code></example>
public sealed unsafe partial class MpiRuntime : IDisposable
{
    /// <summary>The exit code of a process whose <see cref="Shutdown"/> did not complete in time.</summary>
    public const int ShutdownTimedOut = 76;

    /// <summary>
    /// The lowest exit code that <see cref="Abort"/> uses, so that an aborted group never exits with 0.
    /// </summary>
    private const int MinAbortCode = 1;

    private static readonly TimeSpan DisposeDeadline = TimeSpan.FromSeconds(10);

    private static int _hasStarted;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly MpiCommunicator _world;
    private bool _isShutDown;

    private MpiRuntime(MpiAbi abi)
    {
        Abi = abi;
        LibraryVersion = ReadVersion();
        int provided;
        Check(NativeMpi.Initialize(0, 0, NativeMpi.OneThread, &provided));
        _world = new MpiCommunicator(this, abi.World, isWorld: true);
    }

    /// <summary>Gets the implementation of the library.</summary>
    public MpiImplementation Implementation => Abi.Implementation;

    /// <summary>Gets the name and version of the library, such as <c>Open MPI v4.1.4</c>.</summary>
    public string LibraryVersion { get; }

    /// <summary>Gets the communicator of all ranks.</summary>
    public ICommunicator World => _world;

    internal MpiAbi Abi { get; }

    /// <summary>Loads the library, initializes it, and checks that this rank belongs to the expected group.</summary>
    /// <param name="options">Which library to load and how many ranks to expect; null for the defaults.</param>
    /// <returns>The runtime, which only the calling thread may use.</returns>
    /// <exception cref="MpiException">
    /// The library is missing, does not match the launcher, or cannot be initialized.
    /// </exception>
    /// <exception cref="InvalidOperationException">MPI has already been started in this process.</exception>
    public static MpiRuntime Start(MpiOptions? options = null)
    {
        options ??= new MpiOptions();
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
            throw new InvalidOperationException("MPI has already been started in this process. Start it only once.");
        Func<string, string?> variable = Environment.GetEnvironmentVariable;
        var handlers = SignalHandlers.Save();
        var runtime = new MpiRuntime(MpiLibrary.Load(options.Implementation ?? LibraryChoice.Of(variable)));
        handlers.Restore();
        runtime.RequireSize(runtime.World.Size, options.ExpectedSize ?? runtime.ExpectedSize(variable));
        return runtime;
    }

    /// <summary>
    /// Waits for the other ranks, using little CPU, and shuts MPI down. If that takes longer than the deadline, for
    /// example because another rank does not respond, the process exits with <see cref="ShutdownTimedOut"/>.
    /// </summary>
    /// <param name="deadline">The time that the shutdown may take.</param>
    public void Shutdown(TimeSpan deadline)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(deadline, TimeSpan.Zero);
        if (_isShutDown)
            return;
        RequireThread();
        using var hasEnded = new ManualResetEventSlim();
        var watch = new Thread(() =>
        {
            if (!hasEnded.Wait(deadline))
                ExitLate(deadline);
        })
        {
            IsBackground = true,
            Name = "MPI shutdown",
        };
        watch.Start();
        // MPICH can wait forever in MPI_Finalize if a rank calls it while other ranks are still communicating.
        _world.WaitForAll();
        Check(NativeMpi.Complete());
        _isShutDown = true;
        hasEnded.Set();
        watch.Join();
    }

    /// <summary>Ends all ranks immediately, for example after an error that the other ranks cannot detect.</summary>
    /// <param name="exitCode">The exit code of the processes, 1 to 255.</param>
    [DoesNotReturn]
    public void Abort(int exitCode)
    {
        _ = NativeMpi.Abort(Abi.World, Math.Max(exitCode, MinAbortCode));
        // MPI_Abort does not return, but the compiler does not know that.
        Exit(exitCode);
    }

    /// <summary>Shuts MPI down within 10 seconds; see <see cref="Shutdown"/>.</summary>
    public void Dispose() => Shutdown(DisposeDeadline);

    internal void RequireThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException(
                "Only the thread that started MPI may call it. Do not use a communicator after an await or on another "
                    + "thread."
            );
        ObjectDisposedException.ThrowIf(_isShutDown, this);
    }

    internal void Check(int result)
    {
        if (result != 0)
            throw ExceptionOf(result);
    }

    private static int ClassOf(int result)
    {
        int number;
        _ = NativeMpi.ErrorClass(result, &number);
        return number;
    }

    private MpiException ExceptionOf(int result)
    {
        var text = stackalloc byte[NativeMpi.MaxText];
        int length;
        var hasText = NativeMpi.ErrorText(result, text, &length) == 0;
        return new MpiException(
            Abi.ErrorClassOf(ClassOf(result)),
            hasText ? Encoding.UTF8.GetString(text, length) : $"An MPI call returned the error {result}."
        );
    }

    private int? ExpectedSize(Func<string, string?> variable)
    {
        foreach (var name in Abi.SizeVariables.Prepend(LibraryChoice.SizeVariable))
            if (variable(name) is { Length: > 0 } text)
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0
                    ? size
                    : throw new MpiException(
                        MpiErrorClass.Library,
                        $"{name} is '{text}', but must be the number of ranks. The launcher sets this variable."
                    );
        return null;
    }

    private void RequireSize(int size, int? expected)
    {
        if (expected is { } required && size != required)
            throw new MpiException(
                MpiErrorClass.Library,
                $"The launcher started {required} ranks, but {LibraryVersion} reports {size}. The launcher and the "
                    + "library do not belong together: start the program with "
                    + (Implementation == MpiImplementation.OpenMpi ? "mpiexec.openmpi" : "mpiexec.mpich")
                    + $", or set {LibraryChoice.Variable} to the launcher's library."
            );
    }

    private static string ReadVersion()
    {
        var text = stackalloc byte[NativeMpi.MaxText];
        int length;
        if (NativeMpi.LibraryVersion(text, &length) != 0)
            return "MPI of an unknown version";
        // Keeps only the name and version. Open MPI appends its package and build, and MPICH appends further lines.
        var line = Encoding.UTF8.GetString(text, length).Split([',', '\n'])[0];
        return string.Join(' ', line.Split([' ', '\t', ':', '\0'], StringSplitOptions.RemoveEmptyEntries));
    }

    [DoesNotReturn]
    private static void ExitLate(TimeSpan deadline)
    {
        try
        {
            Console.Error.WriteLine($"MPI did not shut down within {deadline.TotalSeconds} s, so this rank exits.");
        }
        catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
        {
            // Standard error is closed or full. The rank must exit nevertheless.
        }
        Exit(ShutdownTimedOut);
    }

    [DoesNotReturn]
    private static void Exit(int code)
    {
        // The exit handlers of the library could wait for other ranks, so they are not called.
        ExitNow(code);
        throw new InvalidOperationException("The process did not exit.");
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
