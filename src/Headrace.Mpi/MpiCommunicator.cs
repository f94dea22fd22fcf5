using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headrace.Mpi.Native;

namespace Headrace.Mpi;

/// <summary>An MPI communicator. A failed call throws an exception; by default, MPI would end all ranks.</summary>
internal sealed unsafe class MpiCommunicator : ICommunicator
{
    private readonly MpiRuntime _runtime;
    private readonly bool _isWorld;
    private nint _handle;

    public MpiCommunicator(MpiRuntime runtime, nint handle, bool isWorld = false)
    {
        (_runtime, _handle, _isWorld) = (runtime, handle, isWorld);
        runtime.Check(NativeMpi.SetErrorHandler(handle, runtime.Abi.ErrorsReturn));
        int rank;
        int size;
        runtime.Check(NativeMpi.Rank(handle, &rank));
        runtime.Check(NativeMpi.Size(handle, &size));
        (Rank, Size) = (rank, size);
    }

    public int Rank { get; }

    public int Size { get; }

    public void Send<T>(ReadOnlySpan<T> message, int destination, int tag = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        fixed (T* buffer = message)
            Check(
                NativeMpi.Send(buffer, message.Length, TypeOf<T>(), _runtime.Abi.RankOf(destination), tag, communicator)
            );
    }

    public MessageStatus Receive<T>(Span<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged
    {
        var communicator = Enter();
        var status = stackalloc byte[_runtime.Abi.StatusSize];
        fixed (T* target = buffer)
            Check(
                NativeMpi.Receive(
                    target,
                    buffer.Length,
                    TypeOf<T>(),
                    _runtime.Abi.RankOf(source),
                    _runtime.Abi.TagOf(tag),
                    communicator,
                    status
                )
            );
        return _runtime.Abi.Read(status);
    }

    public PendingTransfer StartSend<T>(ReadOnlyMemory<T> message, int destination, int tag = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        var pinned = message.Pin();
        nint request = 0;
        var result = NativeMpi.StartSend(
            pinned.Pointer,
            message.Length,
            TypeOf<T>(),
            _runtime.Abi.RankOf(destination),
            tag,
            communicator,
            &request
        );
        if (result != 0)
            pinned.Dispose();
        Check(result);
        return new MpiRequest(_runtime, request, pinned, isReceive: false);
    }

    public PendingTransfer StartReceive<T>(Memory<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged
    {
        var communicator = Enter();
        var pinned = buffer.Pin();
        nint request = 0;
        var result = NativeMpi.StartReceive(
            pinned.Pointer,
            buffer.Length,
            TypeOf<T>(),
            _runtime.Abi.RankOf(source),
            _runtime.Abi.TagOf(tag),
            communicator,
            &request
        );
        if (result != 0)
            pinned.Dispose();
        Check(result);
        return new MpiRequest(_runtime, request, pinned, isReceive: true);
    }

    public MessageStatus Probe(int source = Ranks.Any, int tag = Tags.Any)
    {
        var backOff = new PollingBackOff();
        MessageStatus status;
        while (!TryProbe(out status, source, tag))
            backOff.Wait();
        return status;
    }

    public bool TryProbe(out MessageStatus status, int source = Ranks.Any, int tag = Tags.Any)
    {
        var communicator = Enter();
        var found = stackalloc byte[_runtime.Abi.StatusSize];
        int isFound;
        Check(NativeMpi.TryProbe(_runtime.Abi.RankOf(source), _runtime.Abi.TagOf(tag), communicator, &isFound, found));
        status = isFound != 0 ? _runtime.Abi.Read(found) : default;
        return isFound != 0;
    }

    public void Broadcast<T>(Span<T> buffer, int root = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        fixed (T* values = buffer)
            Check(NativeMpi.Broadcast(values, buffer.Length, TypeOf<T>(), root, communicator));
    }

    public void Scatter<T>(ReadOnlySpan<T> all, Span<T> part, int root = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        if (Rank == root)
            PartLengths.RequireEven(all.Length, part.Length, Size);
        var isInPlace = Rank == root && IsSlice(all, Rank * part.Length, part);
        var type = TypeOf<T>();
        fixed (T* source = all)
        fixed (T* target = part)
            Check(
                NativeMpi.Scatter(
                    source,
                    part.Length,
                    type,
                    isInPlace ? InPlace : target,
                    part.Length,
                    type,
                    root,
                    communicator
                )
            );
    }

    public void Scatter<T>(ReadOnlySpan<T> all, ReadOnlySpan<int> counts, Span<T> part, int root = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        if (Rank == root)
            PartLengths.RequireCounts(all.Length, counts, part.Length, Rank, Size);
        var offsets = Rank == root ? OffsetsOf(counts) : [];
        var isInPlace = Rank == root && IsSlice(all, offsets[Rank], part);
        var type = TypeOf<T>();
        fixed (T* source = all)
        fixed (T* target = part)
        fixed (int* lengths = counts)
        fixed (int* starts = offsets)
            Check(
                NativeMpi.ScatterParts(
                    source,
                    lengths,
                    starts,
                    type,
                    isInPlace ? InPlace : target,
                    part.Length,
                    type,
                    root,
                    communicator
                )
            );
    }

    public void Gather<T>(ReadOnlySpan<T> part, Span<T> all, int root = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        if (Rank == root)
            PartLengths.RequireEven(all.Length, part.Length, Size);
        var isInPlace = Rank == root && IsSlice(all, Rank * part.Length, part);
        var type = TypeOf<T>();
        fixed (T* source = part)
        fixed (T* target = all)
            Check(
                NativeMpi.Gather(
                    isInPlace ? InPlace : source,
                    part.Length,
                    type,
                    target,
                    part.Length,
                    type,
                    root,
                    communicator
                )
            );
    }

    public void Gather<T>(ReadOnlySpan<T> part, Span<T> all, ReadOnlySpan<int> counts, int root = 0)
        where T : unmanaged
    {
        var communicator = Enter();
        if (Rank == root)
            PartLengths.RequireCounts(all.Length, counts, part.Length, Rank, Size);
        var offsets = Rank == root ? OffsetsOf(counts) : [];
        var isInPlace = Rank == root && IsSlice(all, offsets[Rank], part);
        var type = TypeOf<T>();
        fixed (T* source = part)
        fixed (T* target = all)
        fixed (int* lengths = counts)
        fixed (int* starts = offsets)
            Check(
                NativeMpi.GatherParts(
                    isInPlace ? InPlace : source,
                    part.Length,
                    type,
                    target,
                    lengths,
                    starts,
                    type,
                    root,
                    communicator
                )
            );
    }

    public void Reduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation, int root = 0)
        where T : unmanaged, INumber<T>
    {
        var communicator = Enter();
        ReduceCheck.Require<T>(operation);
        if (Rank == root)
            PartLengths.RequireSame(values.Length, results.Length);
        var isInPlace = Rank == root && IsSlice(results, 0, values);
        fixed (T* source = values)
        fixed (T* target = results)
            Check(
                NativeMpi.Reduce(
                    isInPlace ? InPlace : source,
                    target,
                    values.Length,
                    TypeOf<T>(),
                    _runtime.Abi.HandleOf(operation),
                    root,
                    communicator
                )
            );
    }

    public void AllReduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation)
        where T : unmanaged, INumber<T>
    {
        var communicator = Enter();
        ReduceCheck.Require<T>(operation);
        PartLengths.RequireSame(values.Length, results.Length);
        var isInPlace = IsSlice(results, 0, values);
        fixed (T* source = values)
        fixed (T* target = results)
            Check(
                NativeMpi.AllReduce(
                    isInPlace ? InPlace : source,
                    target,
                    values.Length,
                    TypeOf<T>(),
                    _runtime.Abi.HandleOf(operation),
                    communicator
                )
            );
    }

    public void Barrier() => Check(NativeMpi.Barrier(Enter()));

    public ICommunicator? Split(int? color, int key = 0)
    {
        var communicator = Enter();
        if (color < 0)
            throw new ArgumentOutOfRangeException(nameof(color), color, "Use 0 or more, or null to join no group.");
        nint result = 0;
        Check(NativeMpi.Split(communicator, color ?? _runtime.Abi.Undefined, key, &result));
        return color is null ? null : new MpiCommunicator(_runtime, result);
    }

    /// <summary>Waits until every rank has made this call, using little CPU.</summary>
    public void WaitForAll()
    {
        nint request = 0;
        Check(NativeMpi.StartBarrier(Enter(), &request));
        var barrier = new MpiRequest(_runtime, request, default, isReceive: false);
        var backOff = new PollingBackOff();
        while (!barrier.TryComplete(out _))
            backOff.Wait();
    }

    /// <summary>
    /// Frees the communicator, which is a collective call. The communicator of all ranks is not freed.
    /// </summary>
    public void Dispose()
    {
        if (_isWorld || _handle == 0)
            return;
        var handle = Enter();
        _handle = 0;
        Check(NativeMpi.Free(&handle));
    }

    private void* InPlace => (void*)_runtime.Abi.InPlace;

    private nint Enter()
    {
        _runtime.RequireThread();
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        return _handle;
    }

    private nint TypeOf<T>()
        where T : unmanaged => ElementType<T>.Handle(_runtime);

    private void Check(int result) => _runtime.Check(result);

    private static int[] OffsetsOf(ReadOnlySpan<int> counts)
    {
        var offsets = new int[counts.Length];
        for (var i = 1; i < offsets.Length; i++)
            offsets[i] = offsets[i - 1] + counts[i - 1];
        return offsets;
    }

    /// <summary>
    /// Returns whether a part is stored at its own position in the whole. MPI does not allow the two buffers to
    /// overlap, but defines a constant for this case.
    /// </summary>
    private static bool IsSlice<T>(ReadOnlySpan<T> all, int offset, ReadOnlySpan<T> part) =>
        part.Length > 0
        && offset + part.Length <= all.Length
        && Unsafe.AreSame(
            ref Unsafe.Add(ref MemoryMarshal.GetReference(all), offset),
            ref MemoryMarshal.GetReference(part)
        );
}
