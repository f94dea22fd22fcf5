using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Headrace.Core;

namespace Headrace.Worker.Processes;

/// <summary>
/// A process started by this worker. It is started with posix_spawn, which does not copy the page tables of this
/// process. This class waits for its own children by their process ids, and the runtime waits only for those that it
/// started itself, so neither collects the exit status of the other's children.
/// </summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private readonly Descriptor _exit;
    private bool _reaped;

    private ChildProcess(int id, Descriptor exit) => (Id, _exit) = (id, exit);

    /// <summary>Gets the process id, which is also the id of the session and of the process group.</summary>
    public int Id { get; }

    /// <summary>Gets a descriptor that becomes readable when the process exits.</summary>
    public Descriptor Exit => _exit;

    /// <summary>
    /// Starts a process. Throws <see cref="HeadraceException"/> with the reason if the program cannot be started.
    /// </summary>
    public static ChildProcess Start(ProcessStart start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start.Descriptors.Count, Descriptor.LowestNumber);
        var attributes = stackalloc byte[Libc.OpaqueSize];
        var actions = stackalloc byte[Libc.OpaqueSize];
        Check(Libc.InitAttributes(attributes));
        Check(Libc.InitFileActions(actions));
        using var text = new NativeText();
        try
        {
            SetAttributes(attributes);
            for (var target = 0; target < start.Descriptors.Count; target++)
                Check(Libc.AddDuplicate(actions, start.Descriptors[target].Number, target));
            Check(Libc.AddChangeFolder(actions, text.Of(start.WorkingFolder)));
            var error = Libc.Spawn(
                out var id,
                text.Of(start.Program),
                actions,
                attributes,
                text.ListOf([start.Program, .. start.Arguments]),
                text.ListOf(start.Environment)
            );
            if (error != 0)
                throw NotStarted(start, error);
            if (start.DataLimit is { } limit)
                LimitMemory(id, (ulong)limit);
            return new ChildProcess(id, new Descriptor(Libc.OpenPidFd(id)));
        }
        finally
        {
            _ = Libc.DestroyFileActions(actions);
            _ = Libc.DestroyAttributes(attributes);
        }
    }

    /// <summary>Collects the exit status if the process has exited.</summary>
    public bool TryReap([NotNullWhen(true)] out ExitStatus? status)
    {
        status = null;
        if (_reaped)
            return false;
        var id = Libc.Wait(Id, out var raw, Libc.NoHang, out var usage);
        if (id == 0)
            return false;
        _reaped = true;
        status = id == Id ? ExitStatus.Of(raw, usage) : ExitStatus.Unknown;
        return true;
    }

    /// <summary>
    /// Sends a signal to the process group. After the exit status has been collected, the id may belong to another
    /// process, except while a member of the group is alive.
    /// </summary>
    public void SignalGroup(int signal) => _ = Libc.Kill(-Id, signal);

    /// <summary>
    /// Gets a value indicating whether the process group has a member, which may be the process itself until it is
    /// reaped.
    /// </summary>
    public bool GroupIsAlive => Libc.Kill(-Id, 0) == 0;

    public void Dispose() => _exit.Dispose();

    private static void SetAttributes(byte* attributes)
    {
        var signals = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.FillSignals(signals);
        // The runtime ignores SIGPIPE, and a program would inherit that setting.
        Check(Libc.SetDefaultSignals(attributes, signals));
        _ = Libc.EmptySignals(signals);
        Check(Libc.SetMask(attributes, signals));
        Check(Libc.SetFlags(attributes, Libc.SetSession | Libc.SetSignalDefaults | Libc.SetSignalMask));
    }

    // The program may already have run for a few microseconds. The kernel checks the limit whenever the program
    // allocates memory, so this is harmless.
    private static void LimitMemory(int process, ulong bytes) =>
        _ = Libc.SetLimit(process, Libc.DataLimit, new Libc.ResourceLimit { Soft = bytes, Hard = bytes }, 0);

    private static HeadraceException NotStarted(ProcessStart start, int error) =>
        new(
            Directory.Exists(start.WorkingFolder)
                ? $"The program {start.Program} could not be started: {Marshal.GetPInvokeErrorMessage(error)}. "
                    + "Check that it exists on the worker's machine and is executable; a script needs a first line "
                    + "such as #!/bin/sh."
                : $"The program {start.Program} could not be started, because its working folder "
                    + $"{start.WorkingFolder} does not exist."
        );

    private static void Check(int error)
    {
        if (error != 0)
            throw new HeadraceException($"A process could not be prepared: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    /// <summary>C strings that are freed together.</summary>
    private sealed class NativeText : IDisposable
    {
        private readonly List<nint> _memory = [];

        public byte* Of(string text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            var memory = (byte*)NativeMemory.Alloc((nuint)length + 1);
            _memory.Add((nint)memory);
            Encoding.UTF8.GetBytes(text, new Span<byte>(memory, length));
            memory[length] = 0;
            return memory;
        }

        public byte** ListOf(IReadOnlyList<string> texts)
        {
            var list = (byte**)NativeMemory.Alloc((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
            _memory.Add((nint)list);
            for (var i = 0; i < texts.Count; i++)
                list[i] = Of(texts[i]);
            list[texts.Count] = null;
            return list;
        }

        public void Dispose()
        {
            foreach (var memory in _memory)
                NativeMemory.Free((void*)memory);
        }
    }
}
