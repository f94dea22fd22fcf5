using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Headrace.Mpi.Native;

/// <summary>
/// Keeps the signal handlers of the .NET runtime while an MPI library is loaded and initialized. The runtime turns
/// SIGSEGV into a <see cref="NullReferenceException"/> and SIGFPE into a <see cref="DivideByZeroException"/>. MPICH's
/// transport UCX replaces these handlers with one that ends the process, so an error that the program would catch as an
/// exception kills the rank instead.
/// </summary>
internal sealed unsafe partial class SignalHandlers
{
    /// <summary>Buffer size in bytes, larger than struct sigaction in every Linux C library.</summary>
    private const int ActionSize = 256;

    private static readonly int[] Signals = [4, 6, 7, 8, 11]; // SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV

    private readonly byte[][] _saved = [.. Signals.Select(_ => new byte[ActionSize])];

    private SignalHandlers() { }

    public static SignalHandlers Save()
    {
        var handlers = new SignalHandlers();
        for (var i = 0; i < Signals.Length; i++)
            fixed (byte* saved = handlers._saved[i])
                Require(SetAction(Signals[i], null, saved), Signals[i]);
        return handlers;
    }

    /// <summary>
    /// Restores the handlers and verifies the result: a null reference must cause an exception that can be caught.
    /// </summary>
    public void Restore()
    {
        for (var i = 0; i < Signals.Length; i++)
            fixed (byte* saved = _saved[i])
                Require(SetAction(Signals[i], saved, null), Signals[i]);
        try
        {
            _ = LengthOf(null!);
        }
        catch (NullReferenceException)
        {
            return;
        }
        throw new MpiException(MpiErrorClass.Internal, "A null reference was not reported as an exception.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string text) => text.Length;

    private static void Require(int result, int signal)
    {
        if (result != 0)
            throw new MpiException(MpiErrorClass.Internal, $"Cannot get or set the handler for signal {signal}.");
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SetAction(int signal, byte* action, byte* previous);
}
