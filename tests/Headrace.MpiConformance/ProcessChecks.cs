using System.Runtime.CompilerServices;
using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks the behaviour specific to ranks that are processes.</summary>
internal static class ProcessChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("a null reference can be caught", NullReference),
        new("a division by zero can be caught", Division),
        new("a child process can be started and awaited", ChildProcess),
        new("another thread may not call MPI", OtherThread),
        new("MPI cannot be started twice", Twice),
    ];

    private static void NullReference(ICommunicator ranks) =>
        Expect.Throws<NullReferenceException>(() => LengthOf(null!));

    private static void Division(ICommunicator ranks)
    {
        var zero = ranks.Size - ranks.Size;
        Expect.Throws<DivideByZeroException>(() => Divide(1, zero));
    }

    private static void ChildProcess(ICommunicator ranks)
    {
        using var child = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exit 7"]);
        child.WaitForExit();
        Expect.Equal(7, child.ExitCode);
    }

    private static void OtherThread(ICommunicator ranks)
    {
        InvalidOperationException? refused = null;
        var thread = new Thread(() => refused = Expect.Throws<InvalidOperationException>(() => ranks.Barrier()));
        thread.Start();
        thread.Join();
        Expect.True(refused!.Message.Contains("await", StringComparison.Ordinal), "the message names the usual cause");
    }

    private static void Twice(ICommunicator ranks) =>
        Expect.Throws<InvalidOperationException>(() => MpiRuntime.Start());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string text) => text.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int dividend, int divisor) => dividend / divisor;
}
